//! The face box derived from the 68 landmarks, in the regressor's box convention.

use crate::domain::face::BoundingBox;
use crate::domain::geometry::{Point, Rect};
use crate::domain::shape::Landmarks68;

/// The regressor's box relative to the landmarks' extent (medians over seven clips): upward offset of
/// the centre in extent heights, then the ratios of widths and heights.
const ABOVE: f32 = 0.175;
const WIDER: f32 = 0.925;
const HIGHER: f32 = 1.275;

/// A face in profile lies at the front of its head. If the nose is further than `TURNED` from the
/// centre (fraction of the extent), the head centre shifts back by `BACK` times the excess.
const TURNED: f32 = 0.1;
const BACK: f32 = 0.8;

/// Weight of the landmark box against the regressed box: averaging reduces both networks' errors.
const PULL: f32 = 0.6;

/// In profile the far side's landmarks collapse onto the outline and are less informative. At this
/// nose offset from the centre (fraction of the extent) the landmark box has no weight.
const PROFILE: f32 = 0.3;

/// Least overlap (`IoU`) of both boxes for the landmarks to be used.
const AGREE: f32 = 0.4;

/// Returns `own` moved towards the box derived from `shape`.
pub(super) fn pulled(own: &BoundingBox, shape: &Landmarks68) -> BoundingBox {
    let told = told_by(shape);
    if !told.is_finite() || told.iou(own) < AGREE {
        return *own;
    }
    let turned = (beside(shape, &told).abs() - TURNED) / (PROFILE - TURNED);
    own.mixed(&told, PULL * (1.0 - turned.clamp(0.0, 1.0)))
}

/// Returns the nose's offset to the right of the landmarks' centre, as a fraction of the extent.
fn beside(shape: &Landmarks68, told: &BoundingBox) -> f32 {
    const NOSE_TIP: usize = 30;
    let nose = shape.0.get(NOSE_TIP).map_or(told.centre(), |p| *p);
    let extent = (told.width / WIDER).max(f32::MIN_POSITIVE);
    (nose.x - told.centre().x) / extent
}

/// Returns the offset of the head's centre to the right of the face's; 0 for a frontal face. The unit
/// is that of the landmarks.
pub(super) fn head_beside(shape: &Landmarks68) -> f32 {
    let told = told_by(shape);
    let way = beside(shape, &told);
    let beyond = (way.abs() - TURNED).clamp(0.0, 0.5);
    let back = -BACK * beyond * way.signum() * told.width / WIDER;
    if back.is_finite() { back } else { 0.0 }
}

/// Returns the box derived from `shape`.
pub(super) fn told_by(shape: &Landmarks68) -> BoundingBox {
    let over = |axis: fn(&Point<_>) -> f32| {
        let all = shape.0.iter().map(axis);
        let ends = (f32::INFINITY, f32::NEG_INFINITY);
        all.fold(ends, |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (over(|p| p.x), over(|p| p.y));
    let (width, height) = (right - left, bottom - top);
    let middle = Point::new(
        f32::midpoint(left, right),
        f32::midpoint(top, bottom) - ABOVE * height,
    );
    Rect::from_centre(middle, width * WIDER, height * HIGHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shape::SHAPE_POINTS;

    /// Returns landmarks with the extent `(100, 100)` to `(180, 160)`.
    fn shape() -> Landmarks68 {
        Landmarks68(std::array::from_fn(|i| {
            let part = i as f32 / (SHAPE_POINTS - 1) as f32;
            Point::new(100.0 + 80.0 * part, 100.0 + 60.0 * part)
        }))
    }

    #[test]
    fn a_box_that_the_points_agree_with_stays() {
        let own = told_by(&shape());

        assert!(pulled(&own, &shape()).iou(&own) > 0.999);
    }

    #[test]
    fn an_error_of_the_box_shrinks_by_the_pull() {
        let right = told_by(&shape());
        let off = Rect::new(right.x + 10.0, right.y, right.width, right.height);

        let found = pulled(&off, &shape());

        assert!((found.x - right.x - 10.0 * (1.0 - PULL)).abs() < 1e-3);
    }

    #[test]
    fn points_in_profile_do_not_pull() {
        let mut turned = shape();
        turned.0[30] = Point::new(170.0, 130.0);
        let right = told_by(&turned);
        let off = Rect::new(right.x + 10.0, right.y, right.width, right.height);

        assert!((pulled(&off, &turned).x - off.x).abs() < 1e-3);
    }

    #[test]
    fn the_head_lies_behind_a_face_that_looks_to_the_side() {
        let with_nose = |x: f32| {
            let mut turned = shape();
            turned.0[30] = Point::new(x, 130.0);
            head_beside(&turned)
        };

        assert_eq!(with_nose(140.0), 0.0);
        assert_eq!(with_nose(147.0), 0.0, "hardly turned");
        assert!(with_nose(170.0) < -5.0, "{}", with_nose(170.0));
        assert!((with_nose(170.0) + with_nose(110.0)).abs() < 1e-3);
        assert_eq!(with_nose(f32::NAN), 0.0);
    }

    #[test]
    fn points_of_nonsense_change_nothing() {
        let own = Rect::new(1.0, 2.0, 30.0, 40.0);

        for nonsense in [Point::new(f32::NAN, f32::NAN), own.centre()] {
            assert_eq!(pulled(&own, &Landmarks68([nonsense; SHAPE_POINTS])), own);
        }
    }
}
