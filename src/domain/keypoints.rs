//! [`Keypoints5`]: five facial landmarks. [`Score`]: a confidence.

use serde::Serialize;

use crate::domain::geometry::{FramePx, Point};

/// Confidence in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
pub struct Score(pub f32);

/// Five facial landmarks. Left and right are the person's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoints5 {
    /// Centre of the right eye (on the picture's left in a frontal, unmirrored face).
    pub right_eye: Point<FramePx>,
    /// Centre of the left eye.
    pub left_eye: Point<FramePx>,
    /// Tip of the nose.
    pub nose: Point<FramePx>,
    /// Right corner of the mouth.
    pub mouth_right: Point<FramePx>,
    /// Left corner of the mouth.
    pub mouth_left: Point<FramePx>,
}

impl Keypoints5 {
    /// The points in the networks' order: right eye, left eye, nose, right and left mouth corner.
    pub fn to_array(&self) -> [Point<FramePx>; 5] {
        [
            self.right_eye,
            self.left_eye,
            self.nose,
            self.mouth_right,
            self.mouth_left,
        ]
    }

    /// The inverse of [`Keypoints5::to_array`].
    pub fn from_array(points: [Point<FramePx>; 5]) -> Self {
        let [right_eye, left_eye, nose, mouth_right, mouth_left] = points;
        Self {
            right_eye,
            left_eye,
            nose,
            mouth_right,
            mouth_left,
        }
    }

    /// Whether every coordinate is finite.
    pub fn is_finite(&self) -> bool {
        self.to_array().iter().all(|p| p.is_finite())
    }
}
