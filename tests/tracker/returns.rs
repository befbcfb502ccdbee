//! Who comes back, and who does not.

use std::time::Duration;

use crate::world::{Op, SeenAs, Watch, frames_of};

#[test]
fn a_pattern_is_not_taken_for_somebody_who_left() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    watch.rest(frames_of(Duration::from_secs(3)));

    watch.world().seen_as = SeenAs::Patterns;
    watch.world().score = Some(0.87);
    let seen = watch.happen(&Op::Appear(0, 150.0, 120.0, 90.0));
    watch.rest(30);
    watch.world().seen_as = SeenAs::Faces;
    let faces = watch.rest(5);

    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].id, id, "a pattern is no reason to forget somebody");
}

#[test]
fn who_was_seen_too_shortly_to_be_known_is_not_told_to_be_back() {
    let mut watch = Watch::new();
    let seen = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
    watch.happen(&Op::Hide(0));
    watch.rest(frames_of(Duration::from_secs(2)));

    let faces = watch.happen(&Op::Appear(0, 150.0, 120.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_ne!(faces[0].id, seen[0].id);
}
