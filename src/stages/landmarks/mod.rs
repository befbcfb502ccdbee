//! [`LandmarkFinder`]: finds the 68 landmarks of a face near a given box, and the probability that it is
//! a face.

// Head pose.
pub mod pose;

// Windows normalised to the mean face's proportions.
mod proportions;

use thiserror::Error;

use crate::domain::face::{BoundingBox, Keypoints5, Score};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::domain::shape::{LandmarkResult, Landmarks68, SHAPE_POINTS};
use crate::inference::model::{Input, Model, ModelError, Output};
use crate::inference::tensor::planes_from_picture;
use crate::pictures::crop_cache::CropCache;
use crate::pictures::warp::Outside;

/// Side of the network's input, pixels.
const WINDOW: u32 = 112;

/// Side of the window relative to the box's longer side.
const CONTEXT: f32 = 1.5;

/// Landmark error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LandmarksError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too few network outputs.
    #[error("the landmark network gave {points} point numbers and {presence} presences")]
    Shape {
        /// Number of values received for the points; 136 are required.
        points: usize,
        /// Number of presences received; 1 is required.
        presence: usize,
    },
}

/// Finds landmarks with the network `face_landmarks`.
#[derive(Debug)]
pub struct LandmarkFinder {
    model: Model,
    window: Picture,
    planes: Vec<f32>,
}

/// Returns the map from the window to the frame. The window is a square of [`CONTEXT`] times the box's
/// longer side, rotated to make the line through the eyes level.
fn frame_from_window(bounds: &BoundingBox, landmarks: &Keypoints5) -> Transform<FramePx, CropPx> {
    let side = (CONTEXT * bounds.width.max(bounds.height)).max(4.0);
    let (right, left) = (landmarks.right_eye, landmarks.left_eye);
    // Coinciding or mirrored eyes do not determine the rotation.
    let (sin, cos) = if left.x - right.x > 0.05 * bounds.width {
        (left.y - right.y).atan2(left.x - right.x).sin_cos()
    } else {
        (0.0, 1.0)
    };
    let (scale, half, centre) = (side / WINDOW as f32, side / 2.0, bounds.centre());
    let (right, down) = (
        Point::<FramePx>::new(scale * cos, scale * sin),
        Point::<FramePx>::new(-scale * sin, scale * cos),
    );
    Transform::from_rows([
        [right.x, down.x, centre.x - half * (cos - sin)],
        [right.y, down.y, centre.y - half * (sin + cos)],
    ])
}

impl LandmarkFinder {
    /// Creates a finder for the loaded network `face_landmarks`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            window: Picture::filled(Size::new(WINDOW, WINDOW), [0, 0, 0, 255]),
            planes: Vec::new(),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Finds the 68 landmarks of the face near `bounds` and `landmarks`,
    /// sampled through `cache`.
    pub fn find(
        &mut self,
        cache: &mut CropCache,
        picture: &Picture,
        bounds: &BoundingBox,
        landmarks: &Keypoints5,
    ) -> Result<LandmarkResult, LandmarksError> {
        self.look(cache, picture, &frame_from_window(bounds, landmarks))
    }

    /// Finds the 68 landmarks of the face with approximate landmarks `shape`, in a window stretched to the
    /// mean face's proportions and then moved and scaled by `nudge`, in window sides.
    pub fn find_stretched(
        &mut self,
        cache: &mut CropCache,
        picture: &Picture,
        shape: &Landmarks68,
        nudge: [f32; 3],
    ) -> Result<LandmarkResult, LandmarksError> {
        let upright = || frame_from_window(&box_of(shape), &shape.five());
        let window = proportions::frame_from_window(shape).unwrap_or_else(upright);
        let window = proportions::nudged(&window, WINDOW as f32, nudge);
        self.look(cache, picture, &window)
    }

    fn look(
        &mut self,
        cache: &mut CropCache,
        picture: &Picture,
        frame_from_window: &Transform<FramePx, CropPx>,
    ) -> Result<LandmarkResult, LandmarksError> {
        cache.cut(picture, frame_from_window, Outside::Black, &mut self.window);
        planes_from_picture(&self.window, &mut self.planes);
        let inputs = [Input::floats(
            &[1, 3, WINDOW as usize, WINDOW as usize],
            &self.planes,
        )];
        self.model
            .run(&inputs, |outputs| decode(outputs, frame_from_window))?
    }
}

/// Returns a box in the detector's convention: brow to chin.
pub fn box_of(shape: &Landmarks68) -> BoundingBox {
    let xs = shape.0.iter().map(|p| p.x);
    let ys = shape.0.iter().map(|p| p.y);
    let (left, right) = (
        xs.clone().fold(f32::MAX, f32::min),
        xs.fold(f32::MIN, f32::max),
    );
    let (top, low) = (
        ys.clone().fold(f32::MAX, f32::min),
        ys.fold(f32::MIN, f32::max),
    );
    BoundingBox::new(left, top, right - left, low - top)
}

/// Decodes `points` `[1, 136]` (x, y pairs in window sides) and `presence` `[1, 1]`.
fn decode(
    outputs: &[Output<'_>],
    frame_from_window: &Transform<FramePx, CropPx>,
) -> Result<LandmarkResult, LandmarksError> {
    let part = |i: usize| outputs.get(i).map_or(&[][..], |o| o.data);
    let (points, presence) = (part(0), part(1));
    let (pairs, rest) = points.as_chunks::<2>();
    let wrong = LandmarksError::Shape {
        points: points.len(),
        presence: presence.len(),
    };
    let (true, &[presence]) = (pairs.len() == SHAPE_POINTS && rest.is_empty(), presence) else {
        return Err(wrong);
    };
    let side = WINDOW as f32;
    let mut shape = [Point::new(0.0, 0.0); SHAPE_POINTS];
    for (point, [x, y]) in shape.iter_mut().zip(pairs) {
        *point = *frame_from_window * Point::new(x * side, y * side);
    }
    let shape = Landmarks68(shape);
    // A non-finite answer means no presence.
    let sound = presence.is_finite() && shape.is_finite();
    let presence = Score(if sound { presence.clamp(0.0, 1.0) } else { 0.0 });
    Ok(LandmarkResult { shape, presence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Rect;

    fn five(angle: f32) -> Keypoints5 {
        let (sin, cos) = angle.sin_cos();
        let at = |x: f32, y: f32| Point::new(50.0 + cos * x - sin * y, 50.0 + sin * x + cos * y);
        let points = [
            (-10.0, -5.0),
            (10.0, -5.0),
            (0.0, 5.0),
            (-8.0, 12.0),
            (8.0, 12.0),
        ];
        Keypoints5::from_array(points.map(|(x, y)| at(x, y)))
    }

    #[test]
    fn the_window_is_upright_around_the_boxs_middle() {
        for angle in [-0.7, 0.0, 0.4] {
            let map = frame_from_window(&Rect::new(30.0, 30.0, 40.0, 40.0), &five(angle));
            let middle = map * Point::new(56.0, 56.0);
            let right = map * Point::new(112.0, 56.0);

            assert!(middle.distance(Point::new(50.0, 50.0)) < 1e-3, "{middle:?}");
            let wanted = Point::new(50.0 + 30.0 * angle.cos(), 50.0 + 30.0 * angle.sin());
            assert!(right.distance(wanted) < 1e-3, "{right:?}");
        }
    }

    #[test]
    fn points_that_are_no_numbers_are_nobodys() {
        let map = frame_from_window(&Rect::new(30.0, 30.0, 40.0, 40.0), &five(0.0));
        let mut numbers = [0.5; 136];
        numbers[7] = f32::NAN;
        let outputs = [
            Output {
                shape: vec![1, 136],
                data: &numbers,
            },
            Output {
                shape: vec![1, 1],
                data: &[0.99],
            },
        ];

        assert_eq!(decode(&outputs, &map).unwrap().presence, Score(0.0));
        assert!(decode(&outputs[..1], &map).is_err());
    }
}
