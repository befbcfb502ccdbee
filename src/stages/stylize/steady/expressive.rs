//! [`Expressive`]: eyes and mouth, which must not lag behind the person's.

use crate::domain::shape::SHAPE_POINTS;

/// The 68 points of a face, x and y in crop pixels.
pub(super) type Points = [[f32; 2]; SHAPE_POINTS];

/// How much less of the picture before is kept on eyes and mouth when they move.
const FRESHER: f32 = 0.4;

/// Shifts, in pixels, up to which they stand still, and from which on they move.
const STILL: f32 = 0.12;
const MOVES: f32 = 0.35;

/// What is an eye or the mouth, of the iBUG order.
const PARTS: [std::ops::Range<usize>; 3] = [36..42, 42..48, 48..68];

/// What is added around a part, of its width.
const AROUND: f32 = 0.15;

/// The boxes of eyes and mouth; none where the face is not known.
#[derive(Debug, Default)]
pub(super) struct Expressive(Vec<[f32; 4]>);

impl Expressive {
    /// Those of a face with these points.
    pub(super) fn of(points: Option<&Points>) -> Self {
        let Some(points) = points else {
            return Self::default();
        };
        let boxed = |part: std::ops::Range<usize>| {
            let mut edges = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
            for [x, y] in &points[part] {
                edges = [
                    edges[0].min(*x),
                    edges[1].min(*y),
                    edges[2].max(*x),
                    edges[3].max(*y),
                ];
            }
            let [left, top, right, low] = edges;
            let more = AROUND * (right - left);
            [left - more, top - more, right + more, low + more]
        };
        Self(PARTS.map(boxed).to_vec())
    }

    /// How much less is kept of the picture before at a place (pixels) whose content moved by `shift`
    /// pixels, in `[0, 1]`.
    pub(super) fn freshness(&self, [x, y]: [f32; 2], shift: f32) -> f32 {
        let inside = |[left, top, right, low]: &[f32; 4]| {
            (*left..*right).contains(&x) && (*top..*low).contains(&y)
        };
        if self.0.iter().any(inside) {
            FRESHER * ((shift - STILL) / (MOVES - STILL)).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_eyes_and_mouth_that_move_are_fresher() {
        let mut points = [[50.0, 50.0]; SHAPE_POINTS];
        (points[36], points[39]) = ([20.0, 30.0], [40.0, 34.0]);
        points[37..39].fill([30.0, 28.0]);
        points[40..42].fill([30.0, 36.0]);
        let expressive = Expressive::of(Some(&points));

        assert_eq!(expressive.freshness([30.0, 32.0], 2.0), FRESHER);
        assert_eq!(expressive.freshness([30.0, 32.0], 0.0), 0.0);
        assert_eq!(expressive.freshness([30.0, 60.0], 2.0), 0.0);
        assert_eq!(Expressive::of(None).freshness([30.0, 32.0], 2.0), 0.0);
    }
}
