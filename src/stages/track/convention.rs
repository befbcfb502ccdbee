//! [`Convention`]: the relation of a user-drawn face box to the detector's box.

use crate::domain::face::BoundingBox;
use crate::domain::geometry::{Point, Rect};

/// A box relative to another. User-drawn boxes may include forehead, ears or hair; the detector's box
/// spans brow to chin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Convention {
    /// Offset of the centre, in widths and heights of the detector's box.
    shift: [f32; 2],
    /// Ratio of widths, ratio of heights.
    growth: [f32; 2],
}

impl Convention {
    /// A box with the face's centre that contains most of the head.
    pub(super) const HEAD: Self = Self {
        shift: [0.0; 2],
        growth: [1.4; 2],
    };

    /// Returns the detector's box for a user-drawn box: the inverse of [`Convention::apply`].
    pub(super) fn undo(&self, given: &BoundingBox) -> BoundingBox {
        let [width, height] = [given.width / self.growth[0], given.height / self.growth[1]];
        let middle = given.centre();
        let at = Point::new(
            middle.x - self.shift[0] * width,
            middle.y - self.shift[1] * height,
        );
        Rect::from_centre(at, width, height)
    }

    /// Returns the convention that maps `own` to `given`.
    pub(super) fn of(given: &BoundingBox, own: &BoundingBox) -> Self {
        let (g, o) = (given.centre(), own.centre());
        let (width, height) = (own.width.max(1.0), own.height.max(1.0));
        Self {
            shift: [(g.x - o.x) / width, (g.y - o.y) / height],
            growth: [given.width / width, given.height / height],
        }
    }

    /// Returns whether the user-drawn box encloses the whole head.
    pub(super) fn is_of_a_head(&self) -> bool {
        const LARGER: f32 = 1.4;
        self.growth[0] * self.growth[1] >= LARGER
    }

    /// Returns the user's box for the detector's box `own`.
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
