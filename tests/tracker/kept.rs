//! One person that is kept to, whatever visitors do.

use vizard::domain::face::{TrackId, TrackState};
use vizard::domain::frame::FrameTime;

use crate::world::{Op, Watch, face_at, frames_of};

#[test]
fn locked_on_one_person_visitors_are_ignored_also_while_they_are_away() {
    let (mut watch, id) = Watch::with_a_face();
    watch.tracker.set_only_one(true);
    watch.happen(&Op::Appear(1, 100.0, 180.0, 60.0));
    assert_eq!(watch.rest(10).len(), 1);

    watch.happen(&Op::Hide(0));
    watch.happen(&Op::Hide(1));
    watch.rest(200);
    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 85.0));

    assert_eq!(faces.len(), 1, "{faces:?}");
    assert_eq!(faces[0].id, id);
    watch.tracker.set_only_one(false);
    watch.happen(&Op::Appear(1, 100.0, 180.0, 60.0));
    assert_eq!(watch.rest(10).len(), 2);
}

#[test]
fn a_visitor_who_passes_in_front_of_the_one_that_is_kept_to_is_not_taken_for_them() {
    let (mut watch, id) = Watch::with_a_face();
    let chosen = watch.world().now[0].unwrap();
    watch.tracker.set_only_one(true);
    watch.paint();
    watch.rest(10);
    watch.world().apply(&Op::Appear(1, 60.0, 190.0, 84.0));
    watch.paint();
    assert_eq!(watch.rest(10).len(), 1);

    // From the left to the right of the other, who is hidden meanwhile.
    let mut faces = Vec::new();
    for _ in 0..40 {
        watch.world().apply(&Op::Move(1, 13.0, 0.0));
        let visitor = watch.world().now[1].unwrap();
        let hidden = visitor.iou(&chosen) > 0.15;
        watch.world().now[0] = (!hidden).then_some(chosen);
        watch.paint();
        faces = watch.frame();
        for face in &faces {
            let swapped = face.state == TrackState::Locked && face.bounds.iou(&chosen) < 0.5;
            assert!(face.id == id && !swapped, "{faces:?} {visitor:?}");
        }
    }

    assert_eq!(faces.len(), 1, "{faces:?}");
    assert!(faces[0].bounds.iou(&chosen) > 0.9, "{faces:?}");
}

/// The one that is kept to, in colours of their own, who has left.
fn left_alone() -> (Watch, TrackId) {
    let (mut watch, id) = Watch::with_a_face();
    watch.tracker.set_only_one(true);
    watch.paint();
    watch.rest(20);
    watch.world().apply(&Op::Hide(0));
    watch.paint();
    watch.rest(frames_of(watch.rules.coast_for) + 2);
    (watch, id)
}

#[test]
fn who_comes_back_looking_otherwise_is_known_as_soon_as_they_look_like_themselves() {
    let (mut watch, id) = left_alone();
    let back = face_at(200.0, 180.0, 80.0);
    watch.world().now[2] = Some(back);
    watch.paint();
    assert!(watch.rest(6).is_empty());

    let mut world = watch.world();
    (world.now[2], world.now[0]) = (None, Some(back));
    drop(world);
    watch.paint();
    let faces = watch.rest(6);

    assert_eq!(faces.len(), 1, "{faces:?}");
    assert_eq!((faces[0].id, faces[0].state), (id, TrackState::Locked));
}

#[test]
fn a_visitor_does_not_uncover_the_place_of_the_one_that_is_lost() {
    let (mut watch, _) = Watch::with_a_face();
    let chosen = watch.world().now[0].unwrap();
    watch.tracker.set_only_one(true);
    watch.paint();
    watch.rest(10);
    watch.world().apply(&Op::Appear(1, 60.0, 190.0, 84.0));
    watch.paint();
    watch.rest(10);
    watch.world().apply(&Op::Hide(0));
    watch.paint();
    watch.rest(frames_of(watch.rules.coast_for) + 2);
    while watch.world().now[1].unwrap().centre().x < chosen.centre().x {
        watch.world().apply(&Op::Move(1, 13.0, 0.0));
        watch.paint();
        watch.frame();
    }

    let lost_faces = watch.tracker.lost_faces(FrameTime(watch.now()));

    assert_eq!(lost_faces.len(), 1, "{lost_faces:?}");
}
