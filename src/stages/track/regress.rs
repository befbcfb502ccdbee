//! [`NetworkRegressor`]: box regression from two crops, after GOTURN (Held, Thrun, Savarese,
//! ECCV 2016), with an added presence probability.

use thiserror::Error;

use crate::domain::face::{BoundingBox, Keypoints5, Score};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
use crate::inference::model::{Input, Model, ModelError, Output};
use crate::inference::tensor::planes_from_picture;
use crate::pictures::crop_cache::CropCache;
use crate::pictures::warp::Outside;

/// Side of both crops, pixels.
const WINDOW: u32 = 96;

/// Side of the crops relative to the box's longer side.
pub const CONTEXT: f32 = 2.0;

/// Box regression error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrackError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too few network outputs.
    #[error("the face tracker gave {found} numbers, not {wanted}")]
    Shape {
        /// Number of values received.
        found: usize,
        /// Number of values required.
        wanted: usize,
    },
}

/// The regression result for one face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regression {
    /// Box of the face, if it is present.
    pub bounds: BoundingBox,
    /// Five landmarks.
    pub landmarks: Keypoints5,
    /// Confidence that the face is in the search window.
    pub presence: Score,
}

/// Wrapper around the network `face_track`.
#[derive(Debug)]
pub struct NetworkRegressor {
    model: Model,
    window: Picture,
    previous: Vec<f32>,
    search: Vec<f32>,
}

impl NetworkRegressor {
    /// Creates a regressor for the loaded network `face_track`.
    pub fn new(model: Model) -> Self {
        let window = Picture::filled(Size::new(WINDOW, WINDOW), [0, 0, 0, 255]);
        Self {
            model,
            window,
            previous: Vec::new(),
            search: Vec::new(),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

/// Returns the map from window pixels to the square of [`CONTEXT`] times the box's longer side.
fn frame_from_window(bounds: &BoundingBox) -> Transform<FramePx, CropPx> {
    let side = (CONTEXT * bounds.width.max(bounds.height)).max(4.0);
    let (centre, scale) = (bounds.centre(), side / WINDOW as f32);
    Transform::scale_then_move(scale, scale, centre.x - side / 2.0, centre.y - side / 2.0)
}

impl NetworkRegressor {
    /// Finds in `current` the object that `bounds` contains in `previous`, sampled through `cache`.
    pub fn regress(
        &mut self,
        cache: &mut CropCache,
        previous: &Picture,
        current: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, TrackError> {
        let frame_from_window = frame_from_window(bounds);
        cache.cut(
            previous,
            &frame_from_window,
            Outside::Black,
            &mut self.window,
        );
        planes_from_picture(&self.window, &mut self.previous);
        cache.cut(
            current,
            &frame_from_window,
            Outside::Black,
            &mut self.window,
        );
        planes_from_picture(&self.window, &mut self.search);
        let shape = [1, 3, WINDOW as usize, WINDOW as usize];
        let inputs = [
            Input::floats(&shape, &self.previous),
            Input::floats(&shape, &self.search),
        ];
        self.model
            .run(&inputs, |outputs| decode(outputs, &frame_from_window))?
    }
}

/// Decodes `box` `[1, 4]` (centre, width, height), `presence` `[1, 1]`, `points` `[1, 10]`; lengths
/// are in window sides.
fn decode(
    outputs: &[Output<'_>],
    frame_from_window: &Transform<FramePx, CropPx>,
) -> Result<Regression, TrackError> {
    let numbers: Vec<f32> = outputs
        .iter()
        .flat_map(|o| o.data.iter().copied())
        .collect();
    let &[cx, cy, w, h, presence, ref points @ ..] = numbers.as_slice() else {
        return Err(TrackError::Shape {
            found: numbers.len(),
            wanted: 15,
        });
    };
    if points.len() != 10 {
        return Err(TrackError::Shape {
            found: numbers.len(),
            wanted: 15,
        });
    }
    let side = WINDOW as f32;
    let at =
        |i: usize| *frame_from_window * Point::new(points[i * 2] * side, points[i * 2 + 1] * side);
    let bounds = Rect::from_centre(Point::new(cx * side, cy * side), w * side, h * side);
    Ok(Regression {
        bounds: frame_from_window.bounds_of(&bounds),
        landmarks: Keypoints5::from_array([at(0), at(1), at(2), at(3), at(4)]),
        // A non-finite answer means no presence.
        presence: Score(if presence.is_nan() {
            0.0
        } else {
            presence.clamp(0.0, 1.0)
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_in_the_windows_middle_at_half_its_side_is_the_old_box() {
        let old = Rect::new(100.0, 50.0, 40.0, 40.0);
        let points = [0.5; 10];
        let outputs = [
            Output {
                shape: vec![1, 4],
                data: &[0.5, 0.5, 0.5, 0.5],
            },
            Output {
                shape: vec![1, 1],
                data: &[0.9],
            },
            Output {
                shape: vec![1, 10],
                data: &points,
            },
        ];

        let found = decode(&outputs, &frame_from_window(&old)).unwrap();

        assert!(found.bounds.iou(&old) > 0.999);
        assert_eq!(found.presence, Score(0.9));
        assert!(found.landmarks.nose.distance(old.centre()) < 1e-3);
    }

    #[test]
    fn too_few_numbers_are_an_error() {
        let outputs = [Output {
            shape: vec![1, 4],
            data: &[0.5; 4],
        }];
        let map = frame_from_window(&Rect::new(0.0, 0.0, 9.0, 9.0));

        assert!(matches!(
            decode(&outputs, &map),
            Err(TrackError::Shape { found: 4, .. })
        ));
    }
}
