//! What a person drew a box around: a face, a head, a thing.

use vizard::domain::face::TrackState;
use vizard::domain::geometry::{FramePx, Rect};

use crate::world::{Op, SeenAs, Watch};

#[test]
fn a_box_that_a_person_draws_around_a_face_keeps_its_proportions() {
    let mut watch = Watch::new();
    watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    let drawn = Rect::new(270.0, 120.0, 100.0, 110.0);
    watch.follow(drawn);
    assert!(watch.tracker.faces()[0].bounds.iou(&drawn) > 0.99);

    watch.happen(&Op::Move(0, 20.0, 10.0));
    let faces = watch.rest(10);

    assert!(
        faces[0].bounds.iou(&Rect::new(290.0, 130.0, 100.0, 110.0)) > 0.9,
        "{faces:?}"
    );
}

#[test]
fn a_head_that_a_person_drew_is_boxed_from_behind_too() {
    let mut watch = Watch::new();
    watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    let drawn = Rect::new(265.0, 110.0, 110.0, 130.0);
    watch.follow(drawn);
    watch.world().seen_as = SeenAs::Heads;
    for _ in 0..10 {
        watch.happen(&Op::Move(0, 12.0, 0.0));
    }

    let faces = watch.rest(10);

    let is = Rect::new(385.0, 110.0, 110.0, 130.0);
    assert_eq!(faces[0].state, TrackState::Locked);
    assert!(faces[0].bounds.iou(&is) > 0.9, "{faces:?}");
}

/// A thing of 80 pixels that a person drew a box around: no network knows a face in it.
fn thing() -> (Watch, Rect<FramePx>) {
    let mut watch = Watch::new();
    watch.world().seen_as = SeenAs::Blurs;
    watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    let drawn = watch.world().now[0].unwrap();
    watch.follow(drawn);
    (watch, drawn)
}

#[test]
fn a_thing_is_followed_also_where_it_jumps() {
    let (mut watch, _) = thing();
    watch.happen(&Op::Move(0, 120.0, 30.0));

    let faces = watch.rest(10);

    let is = watch.world().now[0].unwrap();
    assert!(faces[0].bounds.iou(&is) > 0.9, "{faces:?} {is:?}");
}

#[test]
fn a_thing_that_is_gone_is_not_claimed_and_found_where_it_comes_back() {
    let (mut watch, drawn) = thing();
    watch.happen(&Op::Hide(0));
    let faces = watch.rest(8);
    assert!(
        faces.iter().all(|f| f.state != TrackState::Locked),
        "{faces:?}"
    );

    watch.world().now[0] = Some(drawn);
    let faces = watch.rest(3);

    assert_eq!(faces[0].state, TrackState::Locked, "{faces:?}");
}
