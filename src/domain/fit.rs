//! Setting a reference's face by hand: five handles move its 68 points, and text files store them.

use std::str::FromStr;

use thiserror::Error;

use crate::domain::geometry::{FramePx, Point, Rect};
use crate::domain::shape::{Landmarks68, SHAPE_POINTS};

/// A point of the face that the user can drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handle {
    /// The person's right eye, on the picture's left.
    RightEye,
    /// The person's left eye, on the picture's right.
    LeftEye,
    /// The tip of the nose.
    Nose,
    /// The middle of the mouth.
    Mouth,
    /// The lowest point of the chin.
    Chin,
}

impl Handle {
    /// All handles.
    pub const ALL: [Self; 5] = [
        Self::RightEye,
        Self::LeftEye,
        Self::Nose,
        Self::Mouth,
        Self::Chin,
    ];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RightEye => "Left eye in the picture",
            Self::LeftEye => "Right eye in the picture",
            Self::Nose => "Tip of the nose",
            Self::Mouth => "Middle of the mouth",
            Self::Chin => "Chin",
        }
    }

    /// Its position on a face.
    pub fn on(self, shape: &Landmarks68) -> Point<FramePx> {
        let five = shape.five();
        let between = |a: Point<FramePx>, b: Point<FramePx>| {
            Point::new(f32::midpoint(a.x, b.x), f32::midpoint(a.y, b.y))
        };
        match self {
            Self::RightEye => five.right_eye,
            Self::LeftEye => five.left_eye,
            Self::Nose => five.nose,
            Self::Mouth => between(shape.0[62], shape.0[66]),
            Self::Chin => shape.0[8],
        }
    }
}

/// A frontal face: the mean of hand-set drawings, scaled to a bounding box from 0 to 1.
#[rustfmt::skip]
const FRONTAL: [[f32; 2]; SHAPE_POINTS] = [
    [0.00, 0.19], [0.01, 0.32], [0.03, 0.45], [0.05, 0.58], [0.09, 0.71], [0.17, 0.82], [0.26, 0.91], [0.37, 0.98], [0.50, 1.00], [0.63, 0.98], [0.74, 0.91], [0.83, 0.82], [0.91, 0.71], [0.95, 0.58], [0.97, 0.45], [0.99, 0.32], [1.00, 0.19], [0.08, 0.10], [0.13, 0.02], [0.23, 0.00], [0.33, 0.02], [0.42, 0.05], [0.58, 0.05], [0.67, 0.02], [0.77, 0.00], [0.87, 0.02], [0.92, 0.10], [0.50, 0.13], [0.50, 0.23], [0.50, 0.32], [0.50, 0.42], [0.39, 0.48], [0.44, 0.49], [0.50, 0.51], [0.56, 0.49], [0.61, 0.48], [0.16, 0.16], [0.23, 0.11], [0.30, 0.11], [0.37, 0.16], [0.30, 0.19], [0.22, 0.19], [0.63, 0.16], [0.70, 0.11], [0.77, 0.11], [0.84, 0.16], [0.78, 0.19], [0.70, 0.19], [0.31, 0.67], [0.38, 0.64], [0.45, 0.62], [0.50, 0.63], [0.55, 0.62], [0.62, 0.64], [0.69, 0.67], [0.62, 0.72], [0.55, 0.74], [0.50, 0.74], [0.45, 0.74], [0.38, 0.72], [0.34, 0.67], [0.45, 0.66], [0.50, 0.67], [0.55, 0.66], [0.66, 0.67], [0.55, 0.68], [0.50, 0.68], [0.45, 0.68],
];

/// Width over height of a face's box.
const WIDTH_OVER_HEIGHT: f32 = 1.0;

/// The text does not hold 68 points.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PointsError {
    /// The number of lines is wrong.
    #[error("it holds {0} points; a face has 68, one a line, x and y in pixels of the picture")]
    Count(usize),
    /// A line is malformed.
    #[error("line {0} is not x and y in pixels of the picture, such as 128.5 560")]
    Line(usize),
}

impl Landmarks68 {
    /// A frontal face, about as large as `within` allows.
    pub fn frontal(within: &Rect<FramePx>) -> Self {
        const SHARE: f32 = 0.5;
        let height = SHARE * within.height.min(within.width / WIDTH_OVER_HEIGHT);
        let (middle, width) = (within.centre(), height * WIDTH_OVER_HEIGHT);
        Self(
            FRONTAL.map(|[x, y]| {
                Point::new(middle.x + (x - 0.5) * width, middle.y + (y - 0.5) * height)
            }),
        )
    }

    /// The face after dragging `handle` to `to`. The other handles stay, and each point follows the handles
    /// near it: weights are inverse squared distances (Shepard, 1968).
    #[must_use]
    pub fn dragged(&self, handle: Handle, to: Point<FramePx>) -> Self {
        let from = handle.on(self);
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        if !(dx.is_finite() && dy.is_finite()) {
            return *self;
        }
        let places = Handle::ALL.map(|other| (other == handle, other.on(self)));
        let moved = |point: Point<FramePx>| {
            let (mut all, mut mine) = (0.0_f32, 0.0_f32);
            for (is_it, place) in places {
                let weight = 1.0 / (point.distance(place).powi(2)).max(1e-3);
                all += weight;
                mine += if is_it { weight } else { 0.0 };
            }
            let share = mine / all;
            Point::new(point.x + dx * share, point.y + dy * share)
        };
        let mut shape = Self(self.0.map(moved));
        // The points of the handle's facial part move as a whole.
        let part = match handle {
            Handle::RightEye => 36..42,
            Handle::LeftEye => 42..48,
            Handle::Nose => 30..31,
            Handle::Mouth => 48..68,
            Handle::Chin => 8..9,
        };
        for i in part {
            shape.0[i] = Point::new(self.0[i].x + dx, self.0[i].y + dy);
        }
        shape
    }

    /// The same face in a picture scaled by `across` horizontally and by `down` vertically.
    #[must_use]
    pub fn scaled(&self, across: f32, down: f32) -> Self {
        Self(self.0.map(|p| Point::new(p.x * across, p.y * down)))
    }
}

/// Parses 68 lines of x and y in pixels, iBUG order; skips empty lines and those that begin with #.
impl FromStr for Landmarks68 {
    type Err = PointsError;

    fn from_str(text: &str) -> Result<Self, PointsError> {
        let mut points = Vec::new();
        let lines = text.lines().enumerate();
        for (at, line) in lines.map(|(at, line)| (at + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let words = line
                .split([' ', '\t', ',', ';'])
                .filter(|word| !word.is_empty());
            let numbers: Result<Vec<f32>, _> = words.map(str::parse).collect();
            match numbers.as_deref() {
                Ok(&[x, y]) if x.is_finite() && y.is_finite() => points.push(Point::new(x, y)),
                _ => return Err(PointsError::Line(at)),
            }
            if points.len() > SHAPE_POINTS {
                break;
            }
        }
        let count = points.len();
        let points: [Point<FramePx>; SHAPE_POINTS] = points
            .try_into()
            .map_err(|_all| PointsError::Count(count))?;
        Ok(Self(points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn face() -> Landmarks68 {
        Landmarks68::frontal(&Rect::new(0.0, 0.0, 400.0, 300.0))
    }

    #[test]
    fn a_frontal_face_lies_in_the_middle_and_upright() {
        let five = face().five();

        assert!(five.right_eye.x < 200.0 && five.left_eye.x > 200.0);
        assert!(five.right_eye.y < five.nose.y && five.nose.y < five.mouth_left.y);
        assert!((five.nose.x - 200.0).abs() < 1.0);
    }

    #[test]
    fn points_are_read_from_lines() {
        let lines: Vec<String> = (0..68).map(|i| format!("{i} {}.5", i * 2)).collect();
        let text = lines.join("\n") + "\n";

        let shape: Landmarks68 = format!("# a face\n\n{text}").parse().unwrap();
        assert_eq!((shape.0[67].x, shape.0[67].y), (67.0, 134.5));
        assert_eq!(
            "1 2\n3 4".parse::<Landmarks68>(),
            Err(PointsError::Count(2))
        );
        assert_eq!("1 2\n3 x".parse::<Landmarks68>(), Err(PointsError::Line(2)));
        assert_eq!(
            format!("{text}1 2").parse::<Landmarks68>(),
            Err(PointsError::Count(69))
        );
        assert_eq!("1 NaN".parse::<Landmarks68>(), Err(PointsError::Line(1)));
    }

    proptest! {
        #[test]
        fn a_handle_goes_where_it_is_drawn_and_the_others_stay(
            which in 0_usize..5, right in -20.0_f32..20.0, down in -20.0_f32..20.0,
        ) {
            let handle = Handle::ALL[which];
            let (before, from) = (face(), handle.on(&face()));
            let to = Point::new(from.x + right, from.y + down);
            let after = before.dragged(handle, to);

            prop_assert!(handle.on(&after).distance(to) < 0.5);
            for other in Handle::ALL.into_iter().filter(|other| *other != handle) {
                let moved = other.on(&after).distance(other.on(&before));
                prop_assert!(moved < 0.45 * right.hypot(down) + 0.5, "{other:?} {moved}");
            }
        }
    }
}
