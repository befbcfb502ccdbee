//! [`Landmarks68`]: 68 facial landmarks, and the expression and pose derived from them.

use serde::Serialize;

use crate::domain::geometry::{FramePx, Point};
use crate::domain::keypoints::{Keypoints5, Score};

/// Number of points of a [`Landmarks68`].
pub const SHAPE_POINTS: usize = 68;

/// A face's landmarks, pixels of a crop.
pub type CropPoints = [[f32; 2]; SHAPE_POINTS];

/// The iBUG 300-W points: 0–16 jaw from the picture's left to its right, 17–26 brows, 27–35 nose (30 is its
/// tip), 36–41 and 42–47 eyes, 48–67 mouth. Frame pixels.
#[derive(Clone, Copy, PartialEq)]
pub struct Landmarks68(pub [Point<FramePx>; SHAPE_POINTS]);

/// Parses a table of 68 lines of `N` numbers; skips the lines that begin with #. Missing numbers are 0;
/// tests read the tables.
pub fn table<const N: usize>(text: &str) -> [[f32; N]; SHAPE_POINTS] {
    let mut points = [[0.0; N]; SHAPE_POINTS];
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    for (point, line) in points.iter_mut().zip(lines) {
        for (number, word) in point.iter_mut().zip(line.split_whitespace()) {
            *number = word.parse().unwrap_or_default();
        }
    }
    points
}

/// Openness of eyes and mouth: height over width, 0 is closed. An open eye has about 0.3.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Openness {
    /// The person's right eye: eye aspect ratio (Soukupová and Čech, 2016, equation 1).
    pub right_eye: f32,
    /// The person's left eye.
    pub left_eye: f32,
    /// The inner lips.
    pub mouth: f32,
}

/// Head pose, degrees; all 0 for a face that looks straight into the camera.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HeadPose {
    /// Positive towards the picture's right.
    pub yaw: f32,
    /// Positive upwards.
    pub pitch: f32,
    /// Positive clockwise in the picture.
    pub roll: f32,
}

/// The landmark network's result for one face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LandmarkResult {
    /// The landmarks.
    pub shape: Landmarks68,
    /// Confidence that a face with reliable landmarks is present.
    pub presence: Score,
}

impl std::fmt::Debug for Landmarks68 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nose = self.0[30];
        write!(f, "Landmarks68(nose at {:.1}, {:.1})", nose.x, nose.y)
    }
}

impl Landmarks68 {
    /// The mean of the points `first..=last`.
    fn mean(&self, first: usize, last: usize) -> Point<FramePx> {
        let part = self.0.get(first..=last).unwrap_or_default();
        let count = part.len().max(1) as f32;
        let (x, y) = part.iter().fold((0.0, 0.0), |(x, y), p| (x + p.x, y + p.y));
        Point::new(x / count, y / count)
    }

    /// The five points used by detector and regressor.
    pub fn five(&self) -> Keypoints5 {
        Keypoints5 {
            right_eye: self.mean(36, 41),
            left_eye: self.mean(42, 47),
            nose: self.0[30],
            mouth_right: self.0[48],
            mouth_left: self.0[54],
        }
    }

    /// Openness of eyes and mouth.
    pub fn openness(&self) -> Openness {
        let gap = |a: usize, b: usize| self.0[a].distance(self.0[b]);
        let eye = |first: usize| {
            let height = gap(first + 1, first + 5) + gap(first + 2, first + 4);
            height / (2.0 * gap(first, first + 3)).max(f32::MIN_POSITIVE)
        };
        Openness {
            right_eye: eye(36),
            left_eye: eye(42),
            mouth: gap(62, 66) / gap(60, 64).max(f32::MIN_POSITIVE),
        }
    }

    /// The face in the mirrored picture, which is `width` wide; left and right are swapped.
    #[must_use]
    pub fn mirrored(&self, width: f32) -> Self {
        /// Runs of points that span the face from side to side, first and last.
        const ACROSS: [(usize, usize); 7] = [
            (0, 16),
            (17, 26),
            (31, 35),
            (48, 54),
            (55, 59),
            (60, 64),
            (65, 67),
        ];
        /// Points of the right eye, and the points of the left eye that they swap with.
        const EYES: [(usize, usize); 6] =
            [(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)];
        let mut points = self.0.map(|p| Point::new(width - p.x, p.y));
        for (first, last) in ACROSS {
            if let Some(run) = points.get_mut(first..=last) {
                run.reverse();
            }
        }
        for (right, left) in EYES {
            points.swap(right, left);
        }
        Self(points)
    }

    /// Whether every coordinate is finite.
    pub fn is_finite(&self) -> bool {
        self.0.iter().all(|p| p.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Landmarks68 {
        let mut points = [Point::new(0.0, 0.0); SHAPE_POINTS];
        for (i, point) in points.iter_mut().enumerate() {
            *point = Point::new(i as f32, 0.0);
        }
        Landmarks68(points)
    }

    #[test]
    fn in_the_mirror_every_point_is_its_partner_on_the_other_side() {
        let mut face = shape();
        for (i, point) in face.0.iter_mut().enumerate() {
            *point = Point::new(i as f32, i as f32 * 2.0);
        }

        let mirrored = face.mirrored(100.0);

        assert!(mirrored.mirrored(100.0) == face);
        // Jaw ends, chin, outer brow ends, outer and inner eye corners, lids, mouth corners, lips.
        let pairs = [
            (0, 16),
            (8, 8),
            (17, 26),
            (31, 35),
            (36, 45),
            (39, 42),
            (37, 44),
            (41, 46),
        ];
        for (here, there) in pairs
            .into_iter()
            .chain([(48, 54), (50, 52), (59, 55), (61, 63)])
        {
            let wanted = Point::new(100.0 - face.0[there].x, face.0[there].y);
            assert_eq!(mirrored.0[here], wanted, "{here}");
        }
        assert_eq!(mirrored.0[67].y, face.0[65].y);
        assert_eq!(mirrored.0[30].y, face.0[30].y);
    }

    #[test]
    fn a_wide_open_eye_is_opener_than_a_closed_one() {
        let mut open = shape();
        // Upper and lower lid of the right eye; their distance is half the eye's width.
        for (upper, lower) in [(37, 41), (38, 40)] {
            open.0[upper] = Point::new(upper as f32, -0.75);
            open.0[lower] = Point::new(upper as f32, 0.75);
        }

        assert!((open.openness().right_eye - 0.5).abs() < 1e-5);
        assert_eq!(
            Landmarks68([Point::new(0.0, 0.0); 68]).openness().left_eye,
            0.0
        );
    }

    #[test]
    fn the_five_points_are_eye_middles_nose_tip_and_mouth_corners() {
        let five = shape().five();

        assert_eq!(five.right_eye.x, 38.5);
        assert_eq!(five.left_eye.x, 44.5);
        assert_eq!(five.nose.x, 30.0);
        assert_eq!((five.mouth_right.x, five.mouth_left.x), (48.0, 54.0));
    }
}
