//! The tracker's rules in a made-up world of faces that appear, move, hide, jump and cross; and
//! the life of a track by example. The networks are stood in for by the world itself.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

// What a person drew a box around.
mod drawn;

// One person that is kept to.
mod kept;

// Who comes back, and who does not.
mod returns;

// The world, and the networks that it stands in for.
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use vizard::domain::face::{TrackState, TrackedFace};
use vizard::domain::frame::FrameTime;

use crate::world::{Op, PLACES, SeenAs, Watch, face_at, frames_of, ops};

proptest! {
    #[test]
    fn whatever_faces_do_the_tracker_keeps_its_rules(
        ops in prop::collection::vec(ops(), 1..80),
    ) {
        let mut watch = Watch::new();
        for op in &ops {
            watch.happen(op);
        }
    }

    #[test]
    fn when_all_faces_hide_all_tracks_end_within_the_coast_time(
        ops in prop::collection::vec(ops(), 1..40),
    ) {
        let mut watch = Watch::new();
        for op in &ops {
            watch.happen(op);
        }
        for place in 0..PLACES {
            watch.world().now[place] = None;
        }

        let faces = watch.rest(frames_of(watch.rules.coast_for) + 1);

        prop_assert!(faces.is_empty(), "{faces:?}");
    }

    /// The others stay in the right half of the frame.
    #[test]
    fn a_face_that_stays_put_keeps_its_id_whatever_the_others_do(
        ops in prop::collection::vec(ops(), 1..60),
    ) {
        let mut watch = Watch::new();
        let still = face_at(100.0, 180.0, 80.0);
        watch.world().now[0] = Some(still);
        let id = watch.rest(3)[0].id;
        for op in ops {
            let spares_it = !matches!(op, Op::Nonsense(_) | Op::Cross(0, _) | Op::Cross(_, 0));
            if spares_it {
                watch.world().apply(&op);
            }
            let mut world = watch.world();
            for face in world.now[1..].iter_mut().flatten() {
                let (middle, side) = (face.centre(), face.width.min(120.0));
                *face = face_at(middle.x.max(320.0), middle.y, side);
            }
            world.now[0] = Some(still);
            drop(world);
            if let Op::Drop(count) = op {
                watch.frames += u64::from(count);
            }

            let faces = watch.frame();

            let face = faces.iter().find(|face| face.id == id);
            prop_assert!(face.is_some_and(|face| face.bounds.iou(&still) > 0.9), "{faces:?}");
        }
    }
}

#[test]
fn a_face_is_found_in_its_first_frame() {
    let mut watch = Watch::new();

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].state, TrackState::Locked);
    assert!(faces[0].bounds.iou(&face_at(320.0, 180.0, 80.0)) > 0.99);
}

/// A pattern that passes for a face: the detector gives `scores`, one a frame, and then sees none,
/// while the other networks go on seeing one. How many are followed after some frames more.
fn followed_after(scores: &[f32]) -> usize {
    let mut watch = Watch::new();
    watch.world().now[0] = Some(face_at(320.0, 180.0, 80.0));
    for score in scores {
        watch.world().score = Some(*score);
        assert_eq!(watch.frame().len(), 1);
    }
    watch.world().score = None;
    watch.rest(watch.rules.trial_detections + 1).len()
}

#[test]
fn what_one_weak_detection_took_for_a_face_is_dropped_in_a_few_frames() {
    assert_eq!(followed_after(&[0.87]), 0);
}

#[test]
fn a_small_face_may_score_lower_than_a_large_one() {
    let found = |side: f32| {
        let mut watch = Watch::new();
        watch.world().score = Some(0.82);
        watch.happen(&Op::Appear(0, 320.0, 180.0, side)).len()
    };

    assert_eq!((found(30.0), found(80.0)), (1, 0));
}

#[test]
fn a_face_that_a_second_detection_bears_out_is_kept() {
    assert_eq!(followed_after(&[0.87, 0.7]), 1);
    assert_eq!(followed_after(&[0.95]), 1);
}

#[test]
fn a_face_that_the_detector_saw_twice_is_believed_less_long_than_one_it_saw_often() {
    let frames_until_lost = |seen: u32| {
        let mut watch = Watch::new();
        watch.world().now[0] = Some(face_at(320.0, 180.0, 80.0));
        for score in [0.87, 0.87] {
            watch.world().score = Some(score);
            watch.frame();
        }
        watch.rest(seen);
        watch.world().score = None;
        let locked = |watch: &mut Watch| {
            let faces = watch.frame();
            faces.iter().any(|f| f.state == TrackState::Locked)
        };
        (0..200).take_while(|_| locked(&mut watch)).count()
    };

    let (twice, often) = (frames_until_lost(0), frames_until_lost(40));

    assert!(2 * twice < often && often < 200, "{twice}, {often}");
}

#[test]
fn a_lost_face_coasts_then_ends() {
    let (mut watch, id) = Watch::with_a_face();
    let coast = frames_of(watch.rules.coast_for);

    let mut faces = watch.happen(&Op::Hide(0));

    assert_eq!(faces[0].id, id);
    let stood = faces[0].bounds;
    for _ in 2..coast {
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].state, TrackState::Coasting);
        assert_eq!(faces[0].bounds, stood);
        faces = watch.frame();
    }
    assert!(watch.rest(2).is_empty());
}

#[test]
fn a_face_that_is_hidden_for_a_moment_is_locked_again() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    watch.rest(5);

    let faces = watch.happen(&Op::Appear(0, 325.0, 182.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_eq!((faces[0].id, faces[0].state), (id, TrackState::Locked));
}

#[test]
fn a_face_that_returns_within_memory_gets_its_old_id() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    assert!(watch.rest(frames_of(Duration::from_secs(3))).is_empty());

    let faces = watch.happen(&Op::Appear(0, 150.0, 120.0, 90.0));

    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].id, id);
}

#[test]
fn a_face_that_returns_after_memory_gets_a_new_id() {
    let (mut watch, id) = Watch::with_a_face();
    let memory = watch.rules.coast_for + watch.rules.remember_for;
    watch.happen(&Op::Hide(0));
    watch.rest(frames_of(memory) + 2);

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_ne!(faces[0].id, id);
}

#[test]
fn a_face_of_quite_another_size_is_another_face() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    watch.rest(50);

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 300.0));

    assert_ne!(faces[0].id, id);
}

#[test]
fn of_a_crowd_four_faces_are_followed_and_the_next_comes_when_one_leaves() {
    let mut watch = Watch::new();
    for place in 0..PLACES {
        watch.world().now[place] = Some(face_at(60.0 + 100.0 * place as f32, 180.0, 60.0));
    }

    let crowd = watch.rest(12);
    watch.world().now[0] = None;
    let again = frames_of(watch.rules.coast_for) + watch.rules.detect_every_frames + 2;
    let later = watch.rest(again);

    let ids = |faces: &[TrackedFace]| faces.iter().map(|f| f.id).collect::<BTreeSet<_>>();
    assert_eq!((ids(&crowd).len(), ids(&later).len()), (4, 4));
    assert!(ids(&crowd).intersection(&ids(&later)).count() >= 3);
}

#[test]
fn a_moving_face_is_followed_closely() {
    let (mut watch, id) = Watch::with_a_face();
    for _ in 0..40 {
        let faces = watch.happen(&Op::Move(0, 5.0, -2.0));

        let truth = watch.world().now[0].unwrap();
        assert_eq!((faces.len(), faces[0].id), (1, id));
        assert!(faces[0].bounds.iou(&truth) > 0.7, "{faces:?}, {truth:?}");
    }
}

#[test]
fn a_face_that_jumps_keeps_its_id() {
    let (mut watch, id) = Watch::with_a_face();

    watch.happen(&Op::Jump(0, 410.0, 200.0));
    let faces = watch.rest(2);

    assert_eq!(faces.len(), 1, "{faces:?}");
    assert_eq!((faces[0].id, faces[0].state), (id, TrackState::Locked));
    assert!(
        faces[0].bounds.iou(&face_at(410.0, 200.0, 80.0)) > 0.8,
        "{faces:?}"
    );
}

#[test]
fn a_face_that_is_taken_for_too_large_is_boxed_by_its_points() {
    let mut watch = Watch::new();
    watch.world().too_large = 0.7;
    let first = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    let then = watch.rest(9);

    for (when, faces) in [("at first", first), ("then", then)] {
        let overlap = faces[0].bounds.iou(&face_at(320.0, 180.0, 80.0));
        assert!(overlap > 0.8, "{when}: {overlap}");
    }
}

#[test]
fn a_regressor_that_stays_on_the_wall_is_not_believed() {
    let (mut watch, _) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));

    // The regressor says that something is there, and it is no face.
    watch.world().nonsense = Some(300.0);
    let faces = watch.frame();

    assert_ne!(faces[0].state, TrackState::Locked, "{faces:?}");
}

#[test]
fn a_head_that_turned_away_is_followed_for_a_while_and_keeps_its_id() {
    let (mut watch, id) = Watch::with_a_face();
    watch.world().seen_as = SeenAs::Heads;
    let steps = frames_of(watch.rules.turned_for) / 2;
    let mut faces = Vec::new();
    for _ in 0..steps {
        faces = watch.rest(1);
    }

    let head = watch.world().now[0].unwrap();
    assert_eq!((faces[0].id, faces[0].state), (id, TrackState::Locked));
    assert!(faces[0].bounds.iou(&head) > 0.7, "{faces:?} {head:?}");
    assert!(faces[0].shape.is_none());

    watch.world().seen_as = SeenAs::Faces;
    let faces = watch.rest(2);
    assert_eq!(faces[0].id, id);
    assert!(faces[0].shape.is_some());
}

#[test]
fn a_head_that_stays_turned_away_is_given_up() {
    let (mut watch, _) = Watch::with_a_face();
    watch.world().seen_as = SeenAs::Heads;

    let faces = watch.rest(frames_of(watch.rules.turned_for + watch.rules.coast_for) + 2);

    assert!(faces.is_empty(), "{faces:?}");
}

/// A face of 80 pixels; then it blurs.
fn blurred() -> Watch {
    let mut watch = Watch::new();
    watch.world().apply(&Op::Appear(0, 320.0, 180.0, 80.0));
    watch.rest(20);
    watch.world().seen_as = SeenAs::Blurs;
    watch
}

#[test]
fn a_blurred_head_is_followed_by_its_looks_for_a_moment() {
    let mut watch = blurred();
    let mut faces = Vec::new();
    for _ in 0..12 {
        watch.world().apply(&Op::Move(0, 8.0, 2.0));
        faces = watch.frame();
    }

    let head = watch.world().now[0].unwrap();
    assert_eq!(faces[0].state, TrackState::Locked);
    assert!(faces[0].bounds.iou(&head) > 0.7, "{faces:?} {head:?}");

    let faces = watch.rest(frames_of(watch.rules.blurred_for + watch.rules.coast_for) + 2);
    assert!(faces.is_empty(), "{faces:?}");
}

#[test]
fn a_blurred_head_that_jumps_by_more_than_its_width_is_followed() {
    let mut watch = blurred();
    watch.world().apply(&Op::Move(0, 100.0, -20.0));

    let faces = watch.frame();

    let head = watch.world().now[0].unwrap();
    assert_eq!(faces[0].state, TrackState::Locked);
    // What is shown is steadied, and a little behind.
    assert!(
        faces[0].bounds.centre().distance(head.centre()) < 15.0,
        "{faces:?} {head:?}"
    );
}

#[test]
fn a_blurred_head_that_looks_otherwise_is_not_followed() {
    let mut watch = blurred();
    watch.world().unlike = true;

    let faces = watch.frame();

    assert_ne!(faces[0].state, TrackState::Locked, "{faces:?}");
}

#[test]
fn beside_somebody_else_looks_alone_are_not_followed() {
    let mut watch = Watch::new();
    watch.world().apply(&Op::Appear(0, 320.0, 180.0, 80.0));
    watch.world().apply(&Op::Appear(1, 460.0, 180.0, 80.0));
    watch.rest(20);
    watch.world().seen_as = SeenAs::Blurs;

    let faces = watch.rest(2);

    assert!(
        faces.iter().all(|f| f.state != TrackState::Locked),
        "{faces:?}"
    );
}

#[test]
fn the_tracker_searches_locks_coasts_and_loses() {
    let mut watch = Watch::new();
    watch.frame();
    assert_eq!(watch.tracker.state(), TrackState::Searching);

    watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    assert_eq!(watch.tracker.state(), TrackState::Locked);

    watch.happen(&Op::Hide(0));
    assert_eq!(watch.tracker.state(), TrackState::Coasting);

    watch.rest(frames_of(watch.rules.coast_for) + 1);
    assert_eq!(watch.tracker.state(), TrackState::Lost);

    watch.rest(frames_of(watch.rules.remember_for) + 2);
    assert_eq!(watch.tracker.state(), TrackState::Searching);
}

#[test]
fn of_two_faces_the_lost_ones_place_stays_covered_for_a_while() {
    let (mut watch, _) = Watch::with_a_face();
    watch.happen(&Op::Appear(1, 100.0, 180.0, 60.0));
    watch.rest(10);
    watch.happen(&Op::Hide(1));
    watch.rest(frames_of(watch.rules.coast_for) + 1);

    let lost_faces = watch.tracker.lost_faces(FrameTime(watch.now()));

    assert_eq!(lost_faces.len(), 1);
    assert!(lost_faces[0].0.bounds.iou(&face_at(100.0, 180.0, 60.0)) > 0.9);
    assert!(lost_faces[0].1 > 0.99);
    watch.rest(frames_of(watch.rules.lost_face_blur_for) + 1);
    assert!(watch.tracker.lost_faces(FrameTime(watch.now())).is_empty());
}

#[test]
fn a_track_that_slips_onto_a_part_of_another_face_is_lost_and_comes_back_with_its_id() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Appear(1, 120.0, 180.0, 60.0));
    assert_eq!(watch.rest(10).len(), 2);

    // The second face goes behind the first; its track is left with a part of the first one's box.
    watch.world().now[1] = Some(face_at(330.0, 190.0, 50.0));
    watch.rest(3);
    watch.happen(&Op::Hide(1));
    watch.rest(20);
    assert_eq!(watch.rest(1)[0].id, id);
    watch.happen(&Op::Appear(1, 500.0, 180.0, 60.0));
    let faces = watch.rest(5);

    assert_eq!(faces.len(), 2, "{faces:?}");
    assert_eq!(faces[0].id, id);
    assert_eq!(faces[1].id.0, 1, "{faces:?}");
}
