//! [`DeadZone`]: holds a head's crop square while the head hardly moves.
//!
//! A square that follows every small motion gives the network another sampling grid in each frame, which
//! changes its strokes. A held square keeps them stable. It loses nothing of the face, because it is nearly
//! twice as large.

use crate::domain::face::{Roi, TrackId};

/// Tolerated displacement of the head from the square's centre, in the square's sides; rotation (radians)
/// and scale have twice the tolerance.
const ZONE: f32 = 0.01;

/// Maximum number of remembered squares; the least recently used is forgotten first.
const MOST: usize = 8;

/// The last square of each head.
#[derive(Debug, Default)]
pub(super) struct DeadZone {
    held: Vec<(TrackId, Roi)>,
}

impl DeadZone {
    /// Returns the square for the head `whose` wanted square is `wished`: the previous one, moved by the
    /// excess over the tolerance.
    pub(super) fn hold(&mut self, whose: TrackId, wished: Roi) -> Roi {
        let known = self.held.iter().position(|(id, _)| *id == whose);
        let roi = match known {
            Some(at) => dragged(self.held.remove(at).1, wished),
            None => wished,
        };
        if self.held.len() >= MOST {
            self.held.remove(0);
        }
        self.held.push((whose, roi));
        roi
    }
}

fn dragged(mut held: Roi, wished: Roi) -> Roi {
    let (x, y) = (
        wished.centre.x - held.centre.x,
        wished.centre.y - held.centre.y,
    );
    let (away, free) = (x.hypot(y), ZONE * wished.side);
    if away > free {
        let part = (away - free) / away;
        held.centre.x += x * part;
        held.centre.y += y * part;
    }
    let grown = 1.0 + 2.0 * ZONE;
    held.side = held.side.clamp(wished.side / grown, wished.side * grown);
    held.angle_rad = held
        .angle_rad
        .clamp(wished.angle_rad - 2.0 * ZONE, wished.angle_rad + 2.0 * ZONE);
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Point;
    use proptest::prelude::*;

    fn roi(x: f32, y: f32, side: f32, angle_rad: f32) -> Roi {
        Roi {
            centre: Point::new(x, y),
            side,
            angle_rad,
        }
    }

    #[test]
    fn a_head_that_trembles_keeps_its_square() {
        let mut zone = DeadZone::default();
        let first = zone.hold(TrackId(1), roi(100.0, 100.0, 200.0, 0.0));

        let second = zone.hold(TrackId(1), roi(101.0, 99.0, 202.0, 0.01));

        assert_eq!(first, second);
    }

    #[test]
    fn a_head_that_moves_drags_its_square_and_no_others() {
        let mut zone = DeadZone::default();
        zone.hold(TrackId(1), roi(100.0, 100.0, 200.0, 0.0));

        let moved = zone.hold(TrackId(1), roi(150.0, 100.0, 200.0, 0.0));
        let other = zone.hold(TrackId(2), roi(30.0, 40.0, 80.0, 0.2));

        assert!((moved.centre.x - 148.0).abs() < 1e-3, "{moved:?}");
        assert_eq!(other, roi(30.0, 40.0, 80.0, 0.2));
    }

    #[test]
    fn no_more_squares_are_remembered_than_there_is_room() {
        let mut zone = DeadZone::default();
        for id in 0..40 {
            zone.hold(TrackId(id), roi(0.0, 0.0, 10.0, 0.0));
        }

        assert_eq!(zone.held.len(), MOST);
    }

    proptest! {
        #[test]
        fn the_square_is_never_farther_than_the_zone(
            places in prop::collection::vec((-500.0_f32..500.0, -500.0_f32..500.0, 20.0_f32..900.0, -3.0_f32..3.0), 1..20),
        ) {
            let mut zone = DeadZone::default();
            for (x, y, side, angle) in places {
                let held = zone.hold(TrackId(0), roi(x, y, side, angle));
                prop_assert!(held.centre.distance(Point::new(x, y)) <= 1.001 * ZONE * side + 1e-3);
                prop_assert!((held.side / side - 1.0).abs() <= 2.001 * ZONE);
                prop_assert!((held.angle_rad - angle).abs() <= 2.001 * ZONE);
            }
        }
    }
}
