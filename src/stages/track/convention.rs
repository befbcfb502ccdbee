//! [`Convention`]: how a person's box around a face relates to the detector's own.

use crate::domain::face::BoundingBox;
use crate::domain::geometry::{Point, Rect};

/// A box in proportions of another: people draw boxes with forehead, ears or hair; the detector's
/// goes from brow to chin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Convention {
    /// Shift of the middle, in widths and heights of the detector's box.
    shift: [f32; 2],
    /// Width over width, height over height.
    growth: [f32; 2],
}

impl Convention {
    /// A box around the face's middle with most of the head in it.
    pub(super) const HEAD: Self = Self {
        shift: [0.0; 2],
        growth: [1.4; 2],
    };

    /// The detector's box of the person's: [`Convention::apply`] undone.
    pub(super) fn undo(&self, given: &BoundingBox) -> BoundingBox {
        let [width, height] = [given.width / self.growth[0], given.height / self.growth[1]];
        let middle = given.centre();
        let at = Point::new(
            middle.x - self.shift[0] * width,
            middle.y - self.shift[1] * height,
        );
        Rect::from_centre(at, width, height)
    }

    /// What makes `given` of `own`.
    pub(super) fn of(given: &BoundingBox, own: &BoundingBox) -> Self {
        let (g, o) = (given.centre(), own.centre());
        let (width, height) = (own.width.max(1.0), own.height.max(1.0));
        Self {
            shift: [(g.x - o.x) / width, (g.y - o.y) / height],
            growth: [given.width / width, given.height / height],
        }
    }

    /// Whether the person drew around all of the head.
    pub(super) fn is_of_a_head(&self) -> bool {
        const LARGER: f32 = 1.4;
        self.growth[0] * self.growth[1] >= LARGER
    }

    /// The person's box where the detector's is `own`.
    pub(super) fn apply(&self, own: &BoundingBox) -> BoundingBox {
        let middle = own.centre();
        let at = Point::new(
            middle.x + self.shift[0] * own.width,
            middle.y + self.shift[1] * own.height,
        );
        Rect::from_centre(at, own.width * self.growth[0], own.height * self.growth[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_with_forehead_and_ears_is_of_a_head() {
        let face = Rect::new(100.0, 100.0, 80.0, 100.0);
        let head = Rect::new(90.0, 60.0, 100.0, 145.0);

        assert!(Convention::of(&head, &face).is_of_a_head());
        assert!(!Convention::of(&face, &face).is_of_a_head());
    }

    #[test]
    fn a_given_box_comes_back_and_moves_and_grows_with_the_face() {
        let (given, own) = (
            Rect::new(90.0, 60.0, 120.0, 160.0),
            Rect::new(100.0, 100.0, 80.0, 100.0),
        );
        let convention = Convention::of(&given, &own);

        assert!(convention.apply(&own).iou(&given) > 0.999);
        let twice = convention.apply(&Rect::new(300.0, 300.0, 160.0, 200.0));
        assert!(
            twice.iou(&Rect::new(280.0, 220.0, 240.0, 320.0)) > 0.999,
            "{twice:?}"
        );
    }
}
