//! [`FaceDetector`]: detects all faces in a frame.

// Non-maximum suppression.
pub mod nms;

use thiserror::Error;

use crate::domain::face::{Detection, Keypoints5, Score, SearchRegion};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
use crate::inference::model::{Input, Model, ModelError, Output};
use crate::pictures::crop_cache::CropCache;
use crate::pictures::warp::Outside;

/// Least score of a network cell; the tracker requires more for a new track.
const MIN_SCORE: f32 = 0.3;

/// Overlap (`IoU`) with a better box above which two boxes are the same face.
const SAME_FACE_IOU: f32 = 0.4;

/// Area of the network's input, pixels: 576×320 for a 16:9 frame.
const INPUT_AREA: f32 = 576.0 * 320.0;

/// The same for the surroundings of a recent face.
const INPUT_AREA_AROUND: f32 = 320.0 * 192.0;

/// Sides of the network's input are multiples of this (its coarsest stride).
const STRIDE: u32 = 32;

/// Input pixels per cell of each level, finest first.
const STRIDES: [u32; 3] = [8, 16, 32];

/// Values per cell: logit, box (4), five landmarks (10).
const NUMBERS: usize = 15;

/// Unit of sizes (at logarithm 0) and of landmark offsets, strides.
const UNIT: f32 = 4.0;

/// Maximum number of candidates for non-maximum suppression.
const MAX_CANDIDATES: usize = 256;

/// Detection error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetectError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An output's shape does not match the input.
    #[error("the face detector gave {found} numbers at stride {stride} in place of {wanted}")]
    Shape {
        /// Number of values received.
        found: usize,
        /// Number of values required.
        wanted: usize,
        /// Input pixels per cell.
        stride: u32,
    },
    /// An output is missing.
    #[error("the face detector gave {0} outputs in place of three")]
    Levels(usize),
}

/// Detects faces with the network `face_detect`.
#[derive(Debug)]
pub struct FaceDetector {
    model: Model,
    /// Input for the whole picture or a part of it.
    window: Picture,
    /// Input for the surroundings of a face.
    surroundings: Picture,
}

/// Returns the input size for a view of frames of `size`: the frame's aspect ratio, about
/// [`INPUT_AREA`], multiples of 32.
fn input_size(view: SearchRegion, size: Size) -> Size {
    let area = match view {
        SearchRegion::Whole | SearchRegion::Part(_) => INPUT_AREA,
        SearchRegion::Around(_) => INPUT_AREA_AROUND,
    };
    let aspect = (size.width.max(1) as f32 / size.height.max(1) as f32).clamp(0.25, 4.0);
    let side = |ideal: f32| ((ideal / STRIDE as f32).round().max(1.0) as u32) * STRIDE;
    Size::new(side((area * aspect).sqrt()), side((area / aspect).sqrt()))
}

/// Returns the view's rectangle in the frame. Parts form a grid that resolves a face of 24 pixels even in
/// large frames. They overlap, and at least one part contains each such face whole. A frame with that
/// resolution as a whole has no parts.
fn place_of(view: SearchRegion, frame: Size, input: Size) -> Option<Rect<FramePx>> {
    /// Maximum frame pixels per input pixel in a part.
    const FINEST: f32 = 2.0;
    const MOST: u32 = 4;
    /// Shorter side of the surroundings relative to the face's longer side.
    const SURROUNDINGS: f32 = 3.5;
    /// Side of a part relative to the distance between two parts.
    const OVERLAP: f32 = 1.2;
    let (width, height) = (frame.width as f32, frame.height as f32);
    let number = match view {
        SearchRegion::Whole => return Some(Rect::new(0.0, 0.0, width, height)),
        SearchRegion::Around(bounds) => {
            let side = SURROUNDINGS * bounds.width.max(bounds.height).max(1.0);
            // The input's aspect ratio with a shorter side of `side` frame pixels.
            let (wide, high) = (input.width as f32, input.height as f32);
            let scale = side / wide.min(high);
            return Some(Rect::from_centre(
                bounds.centre(),
                scale * wide,
                scale * high,
            ));
        }
        SearchRegion::Part(number) => number,
    };
    let scale = (width / input.width as f32).max(height / input.height as f32);
    let grid = ((scale / FINEST).ceil() as u32).min(MOST);
    if grid < 2 {
        return None;
    }
    let number = number % (grid * grid);
    let share = OVERLAP / grid as f32;
    let start = |index: u32| (1.0 - share) * index as f32 / (grid - 1) as f32;
    let (column, row) = (number % grid, number / grid);
    Some(Rect::new(
        start(column) * width,
        start(row) * height,
        share * width,
        share * height,
    ))
}

/// Maps the rectangle into the input's top left corner, with its aspect ratio kept.
fn frame_from_input(place: &Rect<FramePx>, input: Size) -> Transform<FramePx, CropPx> {
    let scale = (place.width / input.width as f32)
        .max(place.height / input.height as f32)
        .max(f32::MIN_POSITIVE);
    Transform::scale_then_move(scale, scale, place.x, place.y)
}

impl FaceDetector {
    /// Creates a detector for the loaded network `face_detect`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            window: Picture::filled(Size::new(1, 1), [0; 4]),
            surroundings: Picture::filled(Size::new(1, 1), [0; 4]),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the faces in a view of `picture`, sampled through `cache`, best first, after non-maximum
    /// suppression; none for a part if the whole picture has enough resolution.
    pub fn detect(
        &mut self,
        cache: &mut CropCache,
        picture: &Picture,
        view: SearchRegion,
    ) -> Result<Vec<Detection>, DetectError> {
        let input = input_size(view, picture.size());
        let Some(place) = place_of(view, picture.size(), input) else {
            return Ok(Vec::new());
        };
        let window = match view {
            SearchRegion::Around(_) => &mut self.surroundings,
            SearchRegion::Whole | SearchRegion::Part(_) => &mut self.window,
        };
        if window.size() != input {
            *window = Picture::filled(input, [0, 0, 0, 255]);
        }
        let frame_from_input = frame_from_input(&place, input);
        cache.cut(picture, &frame_from_input, Outside::Black, window);
        let shape = [1, input.height as usize, input.width as usize, 4];
        let inputs = [Input::bytes(&shape, window.rgba())];
        let mut found = self
            .model
            .run(&inputs, |levels| decode(levels, input, &frame_from_input))??;
        found.sort_by(|a, b| b.score.0.total_cmp(&a.score.0));
        found.truncate(MAX_CANDIDATES);
        Ok(nms::best_of_overlapping(found, SAME_FACE_IOU))
    }
}

/// Decodes three levels of strides 8, 16 and 32 input pixels, each `[1, 15, rows, columns]`, finest first.
fn decode(
    levels: &[Output<'_>],
    input: Size,
    frame_from_input: &Transform<FramePx, CropPx>,
) -> Result<Vec<Detection>, DetectError> {
    let mut found = Vec::new();
    for (level, stride) in levels.iter().zip(STRIDES) {
        let [columns, rows] = [input.width, input.height].map(|side| (side / stride) as usize);
        let cells = rows * columns;
        if cells == 0 || level.data.len() != cells * NUMBERS {
            return Err(DetectError::Shape {
                found: level.data.len(),
                wanted: cells * NUMBERS,
                stride,
            });
        }
        let likely = |logit: f32| logit >= (MIN_SCORE / (1.0 - MIN_SCORE)).ln();
        let seen = level.data[..cells].iter().enumerate();
        for (cell, _) in seen.filter(|(_, logit)| likely(**logit)) {
            let numbers: [f32; NUMBERS] = std::array::from_fn(|i| level.data[i * cells + cell]);
            let at = Point::new((cell % columns) as f32 + 0.5, (cell / columns) as f32 + 0.5);
            found.extend(face_of(&numbers, at, stride as f32, frame_from_input));
        }
    }
    if levels.len() == STRIDES.len() {
        return Ok(found);
    }
    Err(DetectError::Levels(levels.len()))
}

/// Decodes one cell: logit, centre (strides from the cell's own), log of width and height (units of four
/// strides), five landmarks (the same units, from the cell's centre). `at` is in strides. Returns `None`
/// for invalid values.
fn face_of(
    numbers: &[f32; NUMBERS],
    at: Point<CropPx>,
    stride: f32,
    frame_from_input: &Transform<FramePx, CropPx>,
) -> Option<Detection> {
    let unit = UNIT * stride;
    let [logit, x, y, width, height, points @ ..] = numbers;
    let side = |log: f32| log.clamp(-4.0, 3.0).exp() * unit;
    let middle = Point::new((at.x + x) * stride, (at.y + y) * stride);
    let bounds = Rect::from_centre(middle, side(*width), side(*height));
    let point = |i: usize| {
        *frame_from_input
            * Point::new(
                at.x * stride + points[2 * i] * unit,
                at.y * stride + points[2 * i + 1] * unit,
            )
    };
    let detection = Detection {
        bounds: frame_from_input.bounds_of(&bounds),
        landmarks: Keypoints5::from_array(std::array::from_fn(point)),
        score: Score(1.0 / (1.0 + (-logit).exp())),
    };
    let sound = detection.bounds.is_finite() && detection.landmarks.is_finite();
    (sound && detection.bounds.area() > 0.0).then_some(detection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_keeps_the_frames_shape_in_steps_of_the_stride() {
        let whole = |width, height| input_size(SearchRegion::Whole, Size::new(width, height));
        assert_eq!(whole(1280, 720), Size::new(576, 320));
        assert_eq!(whole(768, 1024), Size::new(384, 480));
        assert_eq!(whole(1, 8192), Size::new(224, 864));
        let around = SearchRegion::Around(Rect::new(0.0, 0.0, 9.0, 9.0));
        assert_eq!(
            input_size(around, Size::new(1280, 720)),
            Size::new(320, 192)
        );
    }

    #[test]
    fn the_whole_frame_fits_into_the_input() {
        for size in [
            Size::new(1280, 720),
            Size::new(720, 1280),
            Size::new(250, 250),
        ] {
            let input = input_size(SearchRegion::Whole, size);
            let place = place_of(SearchRegion::Whole, size, input).unwrap();
            let input_from_frame = frame_from_input(&place, input).inverse().unwrap();
            let corner = input_from_frame * Point::new(size.width as f32, size.height as f32);

            assert!(corner.x <= input.width as f32 + 0.01, "{size}");
            assert!(corner.y <= input.height as f32 + 0.01, "{size}");
        }
    }

    #[test]
    fn the_parts_cover_a_large_frame_and_a_small_frame_has_none() {
        let (large, small) = (Size::new(1280, 720), Size::new(1152, 640));
        let parts = (0..4).filter_map(|i| {
            place_of(
                SearchRegion::Part(i),
                large,
                input_size(SearchRegion::Part(i), large),
            )
        });

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
        assert_eq!(
            place_of(
                SearchRegion::Part(7),
                small,
                input_size(SearchRegion::Part(7), small)
            ),
            None
        );
    }

    /// Returns three levels for an input of 64×32 without a face.
    fn nothing() -> [Vec<f32>; 3] {
        [32, 8, 2].map(|cells| {
            let mut level = vec![0.0; cells * NUMBERS];
            level[..cells].fill(-9.0);
            level
        })
    }

    fn decoded(levels: &[Vec<f32>]) -> Result<Vec<Detection>, DetectError> {
        let outputs: Vec<Output<'_>> = levels
            .iter()
            .map(|data| Output {
                shape: Vec::new(),
                data,
            })
            .collect();
        let twice = Transform::scale_then_move(2.0, 2.0, 10.0, 0.0);
        decode(&outputs, Size::new(64, 32), &twice)
    }

    #[test]
    fn a_cell_tells_its_face_in_frame_pixels() {
        let mut levels = nothing();
        // Stride 16, four columns, two rows: the third cell of the second row, centre (40, 24).
        let (cells, cell) = (8, 6);
        let numbers = [2.0, 0.25, -0.5, 0.0, 2.0_f32.ln(), 0.5, 0.0];
        for (plane, number) in numbers.into_iter().enumerate() {
            levels[1][plane * cells + cell] = number;
        }

        let found = decoded(&levels).unwrap();

        let [face] = &found[..] else {
            panic!("{found:?}")
        };
        let right = Rect::from_centre(Point::new(10.0 + 2.0 * 44.0, 2.0 * 16.0), 128.0, 256.0);
        assert!(face.bounds.iou(&right) > 0.999, "{face:?}");
        assert_eq!(
            face.landmarks.right_eye,
            Point::new(10.0 + 2.0 * 72.0, 48.0)
        );
        assert_eq!(face.landmarks.left_eye, Point::new(10.0 + 2.0 * 40.0, 48.0));
        assert!((face.score.0 - 0.8808).abs() < 1e-4, "{face:?}");
    }

    #[test]
    fn cells_under_the_least_score_and_cells_of_nonsense_are_left_out() {
        let mut levels = nothing();
        let logit = (MIN_SCORE / (1.0 - MIN_SCORE)).ln();
        levels[0][0] = logit - 0.01;
        levels[0][1] = logit + 0.01;
        levels[0][2] = f32::NAN;
        levels[2][0] = 5.0;
        levels[2][2] = f32::INFINITY;

        let found = decoded(&levels).unwrap();

        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].score.0 - MIN_SCORE).abs() < 0.01);
    }

    #[test]
    fn outputs_that_do_not_fit_the_input_are_an_error() {
        let mut short = nothing();
        short[1].pop();

        assert!(matches!(
            decoded(&short),
            Err(DetectError::Shape { stride: 16, .. })
        ));
        assert_eq!(decoded(&nothing()[..2]), Err(DetectError::Levels(2)));
    }
}
