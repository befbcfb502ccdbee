//! [`FaceDetector`]: one frame in, every face in it out.

// The best of overlapping boxes.
pub mod nms;

use thiserror::Error;

use crate::domain::face::{Detection, Landmarks, Score, View};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
use crate::inference::model::{Input, Model, ModelError, Output};
use crate::inference::tensor::planes_from_picture;
use crate::pictures::warp::{Outside, Warper};

/// Network cells under this score are not looked at; the tracker asks for more before it starts.
const MIN_SCORE: f32 = 0.3;

/// Boxes that share more than this with a better one are the same face.
const SAME_FACE_IOU: f32 = 0.4;

/// Area of the network's input in pixels: 320×192 for a 16:9 frame.
const INPUT_AREA: f32 = 320.0 * 192.0;

/// Sides of the network's input are multiples of this (its coarsest stride).
const STRIDE: u32 = 32;

/// Most candidates that go into the suppression of overlaps.
const MAX_CANDIDATES: usize = 256;

/// Detection failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetectError {
    /// The network failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network's outputs do not fit together.
    #[error("the face detector gave {scores} scores, {boxes} box and {points} point numbers")]
    Shape {
        /// Number of scores.
        scores: usize,
        /// Number of box numbers; four a score.
        boxes: usize,
        /// Number of point numbers; ten a score.
        points: usize,
    },
}

/// Finds faces with the network `face_detect`.
#[derive(Debug)]
pub struct FaceDetector {
    model: Model,
    window: Picture,
    planes: Vec<f32>,
    warper: Warper,
}

/// Input size for frames of `size`: the frame's shape, about [`INPUT_AREA`], multiples of 32.
fn input_size(size: Size) -> Size {
    let aspect = (size.width.max(1) as f32 / size.height.max(1) as f32).clamp(0.25, 4.0);
    let side = |ideal: f32| ((ideal / STRIDE as f32).round().max(1.0) as u32) * STRIDE;
    Size::new(
        side((INPUT_AREA * aspect).sqrt()),
        side((INPUT_AREA / aspect).sqrt()),
    )
}

/// The view's place in the frame. Parts form a grid fine enough that a face of 24 pixels is seen in
/// a frame of 1280×720, and overlap, so that no face is cut by all of them.
fn place_of(view: View, frame: Size, input: Size) -> Rect<FramePx> {
    /// Most frame pixels a pixel of the input in a part of the frame.
    const FINEST: f32 = 2.5;
    const MOST: u32 = 4;
    /// Shorter side of the surroundings over the face's longer side.
    const SURROUNDINGS: f32 = 3.5;
    /// A part's side over the distance between two parts.
    const OVERLAP: f32 = 1.2;
    let (width, height) = (frame.width as f32, frame.height as f32);
    let number = match view {
        View::Whole => return Rect::new(0.0, 0.0, width, height),
        View::Around(bounds) => {
            let side = SURROUNDINGS * bounds.width.max(bounds.height).max(1.0);
            // As wide or high as the input's shape allows, around the longer need.
            let (wide, high) = (input.width as f32, input.height as f32);
            let scale = side / wide.min(high);
            return Rect::from_centre(bounds.centre(), scale * wide, scale * high);
        }
        View::Part(number) => number,
    };
    let scale = (width / input.width as f32).max(height / input.height as f32);
    let grid = ((scale / FINEST).ceil() as u32).clamp(1, MOST);
    let number = number % (grid * grid);
    let share = (OVERLAP / grid as f32).min(1.0);
    let start = |index: u32| {
        let last = grid.saturating_sub(1).max(1);
        (1.0 - share) * index as f32 / last as f32
    };
    let (column, row) = (number % grid, number / grid);
    Rect::new(
        start(column) * width,
        start(row) * height,
        share * width,
        share * height,
    )
}

/// The place, shrunk evenly into the input's top left corner.
fn frame_from_input(place: &Rect<FramePx>, input: Size) -> Transform<FramePx, CropPx> {
    let scale = (place.width / input.width as f32)
        .max(place.height / input.height as f32)
        .max(f32::MIN_POSITIVE);
    Transform::scale_then_move(scale, scale, place.x, place.y)
}

impl FaceDetector {
    /// A detector on the open network `face_detect`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            window: Picture::filled(Size::new(1, 1), [0; 4]),
            planes: Vec::new(),
            warper: Warper::default(),
        }
    }

    /// The network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// All faces in a view of `picture`, best first, overlaps removed.
    pub fn detect(&mut self, picture: &Picture, view: View) -> Result<Vec<Detection>, DetectError> {
        let input = input_size(picture.size());
        if self.window.size() != input {
            self.window = Picture::filled(input, [0, 0, 0, 255]);
        }
        let frame_from_input = frame_from_input(&place_of(view, picture.size(), input), input);
        self.warper
            .warp(picture, &frame_from_input, Outside::Black, &mut self.window);
        planes_from_picture(&self.window, &mut self.planes);
        let shape = [1, 3, input.height as usize, input.width as usize];
        let inputs = [Input {
            shape: &shape,
            data: &self.planes,
        }];
        let mut found = self
            .model
            .run(&inputs, |outputs| decode(outputs, &frame_from_input))??;
        found.sort_by(|a, b| b.score.0.total_cmp(&a.score.0));
        found.truncate(MAX_CANDIDATES);
        Ok(nms::best_of_overlapping(found, SAME_FACE_IOU))
    }
}

/// Outputs `scores` `[1, N]`, `boxes` `[1, N, 4]` (centre, width, height) and `points`
/// `[1, N, 10]`, the last two in input pixels.
fn decode(
    outputs: &[Output<'_>],
    frame_from_input: &Transform<FramePx, CropPx>,
) -> Result<Vec<Detection>, DetectError> {
    let part = |i: usize| outputs.get(i).map_or(&[][..], |o| o.data);
    let (scores, boxes, points) = (part(0), part(1), part(2));
    if boxes.len() != scores.len() * 4 || points.len() != scores.len() * 10 {
        let (scores, boxes, points) = (scores.len(), boxes.len(), points.len());
        return Err(DetectError::Shape {
            scores,
            boxes,
            points,
        });
    }
    let cells = scores
        .iter()
        .zip(boxes.chunks_exact(4))
        .zip(points.chunks_exact(10));
    let likely = cells.filter(|((score, _), _)| **score >= MIN_SCORE);
    Ok(likely
        .filter_map(|((&score, cell), points)| {
            let bounds = Rect::from_centre(Point::new(cell[0], cell[1]), cell[2], cell[3]);
            let at = |i: usize| *frame_from_input * Point::new(points[i * 2], points[i * 2 + 1]);
            let detection = Detection {
                bounds: frame_from_input.bounds_of(&bounds),
                landmarks: Landmarks::from_array([at(0), at(1), at(2), at(3), at(4)]),
                score: Score(score.clamp(0.0, 1.0)),
            };
            let sound = detection.bounds.is_finite() && detection.landmarks.is_finite();
            (sound && detection.bounds.area() > 0.0).then_some(detection)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_keeps_the_frames_shape_in_steps_of_the_stride() {
        assert_eq!(input_size(Size::new(1280, 720)), Size::new(320, 192));
        assert_eq!(input_size(Size::new(768, 1024)), Size::new(224, 288));
        assert_eq!(input_size(Size::new(1, 8192)), Size::new(128, 480));
    }

    #[test]
    fn the_whole_frame_fits_into_the_input() {
        for size in [
            Size::new(1280, 720),
            Size::new(720, 1280),
            Size::new(250, 250),
        ] {
            let input = input_size(size);
            let place = place_of(View::Whole, size, input);
            let input_from_frame = frame_from_input(&place, input).inverse().unwrap();
            let corner = input_from_frame * Point::new(size.width as f32, size.height as f32);

            assert!(corner.x <= input.width as f32 + 0.01, "{size}");
            assert!(corner.y <= input.height as f32 + 0.01, "{size}");
        }
    }

    #[test]
    fn the_parts_cover_a_large_frame_and_a_small_frame_is_one_part() {
        let (large, small) = (Size::new(1280, 720), Size::new(320, 240));
        let parts = (0..4).map(|i| place_of(View::Part(i), large, input_size(large)));

        let corners: Vec<_> = parts
            .map(|p| [p.x, p.y, p.width, p.height].map(|side| side.round() as u32))
            .collect();
        let (w, h) = (768, 432);
        assert_eq!(
            corners,
            [
                [0, 0, w, h],
                [512, 0, w, h],
                [0, 288, w, h],
                [512, 288, w, h]
            ]
        );
        let only = place_of(View::Part(7), small, input_size(small));
        assert_eq!(only, Rect::new(0.0, 0.0, 320.0, 240.0));
    }

    #[test]
    fn outputs_that_do_not_fit_together_are_an_error() {
        let wrong = [
            Output {
                shape: vec![1, 2],
                data: &[0.9, 0.9],
            },
            Output {
                shape: vec![1, 1, 4],
                data: &[0.0; 4],
            },
            Output {
                shape: vec![1, 2, 10],
                data: &[0.0; 20],
            },
        ];
        let map = Transform::scale_then_move(1.0, 1.0, 0.0, 0.0);

        assert!(matches!(
            decode(&wrong, &map),
            Err(DetectError::Shape { .. })
        ));
    }
}
