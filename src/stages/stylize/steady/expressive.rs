//! [`Expressive`]: eyes and mouth, which must not lag behind the person's.

use crate::domain::shape::SHAPE_POINTS;

/// The 68 points of a face, x and y in crop pixels.
pub(super) type Points = [[f32; 2]; SHAPE_POINTS];

/// What is an eye or the mouth, of the iBUG order.
const PARTS: [std::ops::Range<usize>; 3] = [36..42, 42..48, 48..68];

/// How far a part goes on beyond the box of its points, more and more faintly, over its width.
const AROUND: f32 = 0.3;

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
            edges
        };
        Self(PARTS.map(boxed).to_vec())
    }

    /// How far a place (pixels) is eye or mouth, from 0 to 1.
    pub(super) fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let part = |&[left, top, right, low]: &[f32; 4]| {
            let away = (left - x).max(x - right).max(top - y).max(y - low);
            1.0 - away.max(0.0) / (AROUND * (right - left)).max(1.0)
        };
        self.0.iter().map(part).fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eyes_and_mouth_end_softly() {
        let mut points = [[50.0, 50.0]; SHAPE_POINTS];
        (points[36], points[39]) = ([20.0, 30.0], [40.0, 34.0]);
        points[37..39].fill([30.0, 28.0]);
        points[40..42].fill([30.0, 36.0]);
        let expressive = Expressive::of(Some(&points));

        assert_eq!(expressive.at([30.0, 32.0]), 1.0);
        assert_eq!(expressive.at([43.0, 32.0]), 0.5);
        assert_eq!(expressive.at([30.0, 60.0]), 0.0);
        assert_eq!(Expressive::of(None).at([30.0, 32.0]), 0.0);
    }
}
