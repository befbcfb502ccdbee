//! [`SiameseMatcher`]: finds an object that jumped, or a head without a visible face, by appearance in
//! a wide search window. It is a Siamese network (`SiamFC`: Bertinetto et al., ECCV workshops 2016)
//! with two templates.

use crate::domain::face::{BoundingBox, Score};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::inference::model::{Input, Model, Output};
use crate::inference::tensor::planes_from_picture;
use crate::pictures::crop_cache::CropCache;
use crate::pictures::warp::Outside;
use crate::stages::track::regress::TrackError;

/// Side of the search window in pixels, and relative to the longer side of the object's last box.
const WINDOW: u32 = 128;
const CONTEXT: f32 = 4.0;

/// Side of a template in pixels, at the window's scale: it covers half the window's side.
const TEMPLATE: u32 = 64;

/// Cells of the response map along each axis.
const GRID: usize = 16;
const CELLS: usize = GRID * GRID;

/// Weight of the distance from the window's centre against the network's score, in `[0, 1]`.
const NEARNESS: f32 = 0.1;

/// An object's appearance: a square of twice its longer side around its centre, 64 × 64 pixels.
#[derive(Debug, Clone)]
pub struct Template {
    /// Red, green and blue planes, row-major.
    planes: Vec<f32>,
}

/// The matcher's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TemplateMatch {
    /// The object's position, with the aspect ratio of its last box.
    pub bounds: BoundingBox,
    /// Confidence that the match is the object.
    pub presence: Score,
}

/// Wrapper around the network `object_seek`.
#[derive(Debug)]
pub struct SiameseMatcher {
    model: Model,
    window: Picture,
    templates: Vec<f32>,
    search: Vec<f32>,
}

/// Returns the map from window pixels to the square of `context` times the box's longer side.
fn frame_from_window(
    bounds: &BoundingBox,
    context: f32,
    pixels: u32,
) -> Transform<FramePx, CropPx> {
    let side = (context * bounds.width.max(bounds.height)).max(4.0);
    let (centre, scale) = (bounds.centre(), side / pixels as f32);
    Transform::scale_then_move(scale, scale, centre.x - side / 2.0, centre.y - side / 2.0)
}

impl Template {
    /// Crops the template of the object in `bounds` from `picture`, sampled through `cache`.
    pub fn of(cache: &mut CropCache, picture: &Picture, bounds: &BoundingBox) -> Self {
        let mut cut = Picture::filled(Size::new(TEMPLATE, TEMPLATE), [0, 0, 0, 255]);
        let at = frame_from_window(bounds, CONTEXT / 2.0, TEMPLATE);
        cache.cut(picture, &at, Outside::Black, &mut cut);
        let mut planes = Vec::new();
        planes_from_picture(&cut, &mut planes);
        Self { planes }
    }
}

impl SiameseMatcher {
    /// Creates a matcher for the loaded network `object_seek`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            window: Picture::filled(Size::new(WINDOW, WINDOW), [0, 0, 0, 255]),
            templates: Vec::new(),
            search: Vec::new(),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Finds the object with the last box `around` in `picture`. `best` is its template from a reliable
    /// frame, `last` its template from the last frame in which it was seen.
    pub fn seek(
        &mut self,
        cache: &mut CropCache,
        [best, last]: [&Template; 2],
        picture: &Picture,
        around: &BoundingBox,
    ) -> Result<TemplateMatch, TrackError> {
        let at = frame_from_window(around, CONTEXT, WINDOW);
        cache.cut(picture, &at, Outside::Black, &mut self.window);
        planes_from_picture(&self.window, &mut self.search);
        self.templates.clear();
        for template in [best, last] {
            self.templates.extend_from_slice(&template.planes);
        }
        let (small, large) = (TEMPLATE as usize, WINDOW as usize);
        let (templates, search) = ([2, 3, small, small], [1, 3, large, large]);
        let inputs = [
            Input::floats(&templates, &self.templates),
            Input::floats(&search, &self.search),
        ];
        self.model
            .run(&inputs, |outputs| decode(outputs, around, &at))?
    }
}

/// Decodes `scores` `[1, 256]` and `places` `[1, 3, 256]`: x and y in window sides, and scale.
fn decode(
    outputs: &[Output<'_>],
    around: &BoundingBox,
    frame_from_window: &Transform<FramePx, CropPx>,
) -> Result<TemplateMatch, TrackError> {
    let numbers: usize = outputs.iter().map(|o| o.data.len()).sum();
    let wrong = || TrackError::Shape {
        found: numbers,
        wanted: 4 * CELLS,
    };
    let [scores, places] = outputs else {
        return Err(wrong());
    };
    if scores.data.len() != CELLS || places.data.len() != 3 * CELLS {
        return Err(wrong());
    }
    let (xs, rest) = places.data.split_at(CELLS);
    let (ys, growths) = rest.split_at(CELLS);
    let score = |cell: usize| {
        let score = scores.data.get(cell).map_or(0.0, |s| *s);
        if score.is_nan() {
            0.0
        } else {
            score.clamp(0.0, 1.0)
        }
    };
    let ranked = |cell: usize| score(cell) * (1.0 - NEARNESS) + NEARNESS * nearness(cell);
    let best = (0..CELLS).max_by(|a, b| ranked(*a).total_cmp(&ranked(*b)));
    let best = best.unwrap_or_default();
    let at = |values: &[f32]| values.get(best).map_or(0.5, |v| *v);
    let side = WINDOW as f32;
    let middle = *frame_from_window * Point::new(at(xs) * side, at(ys) * side);
    let growth = at(growths).clamp(0.7, 1.4);
    Ok(TemplateMatch {
        bounds: BoundingBox::from_centre(middle, around.width * growth, around.height * growth),
        presence: Score(score(best)),
    })
}

/// Returns a raised-cosine weight: 0 at the window's edge, 1 at its centre.
fn nearness(cell: usize) -> f32 {
    let along =
        |i: usize| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 1.0) / (GRID + 1) as f32).cos();
    along(cell % GRID) * along(cell / GRID)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cell: usize, growth: f32) -> (Vec<f32>, Vec<f32>) {
        let mut scores = vec![0.01; CELLS];
        scores[cell] = 0.8;
        let middle = |i: usize| (i as f32 + 0.5) / GRID as f32;
        let xs = (0..CELLS).map(|i| middle(i % GRID));
        let ys = (0..CELLS).map(|i| middle(i / GRID));
        let growths = std::iter::repeat_n(growth, CELLS);
        (scores, xs.chain(ys).chain(growths).collect())
    }

    fn decoded(
        scores: &[f32],
        places: &[f32],
        around: &BoundingBox,
    ) -> Result<TemplateMatch, TrackError> {
        let outputs = [
            Output {
                shape: vec![1, CELLS],
                data: scores,
            },
            Output {
                shape: vec![1, 3, CELLS],
                data: places,
            },
        ];
        decode(
            &outputs,
            around,
            &frame_from_window(around, CONTEXT, WINDOW),
        )
    }

    #[test]
    fn the_box_goes_to_the_best_cell_in_its_own_proportions() {
        let around = BoundingBox::new(100.0, 80.0, 40.0, 20.0);
        // Column 11, row 7: 3.5 cells right of the centre, half a cell above it; a cell has 10 pixels.
        let (scores, places) = found(7 * GRID + 11, 1.1);

        let sought = decoded(&scores, &places, &around).unwrap();

        assert_eq!(sought.presence, Score(0.8));
        assert!(
            (sought.bounds.centre().x - 155.0).abs() < 1e-3,
            "{sought:?}"
        );
        assert!((sought.bounds.centre().y - 85.0).abs() < 1e-3, "{sought:?}");
        assert!((sought.bounds.width - 44.0).abs() < 1e-3);
        assert!((sought.bounds.height - 22.0).abs() < 1e-3);
    }

    #[test]
    fn of_two_alike_the_nearer_one_is_taken() {
        let around = BoundingBox::new(100.0, 80.0, 40.0, 40.0);
        let (mut scores, places) = found(7 * GRID + 8, 1.0);
        scores[15] = 0.81;

        let sought = decoded(&scores, &places, &around).unwrap();

        assert!(sought.bounds.iou(&around) > 0.5, "{sought:?}");
    }

    #[test]
    fn no_number_is_nothing_seen_and_too_few_are_an_error() {
        let around = BoundingBox::new(100.0, 80.0, 40.0, 40.0);
        let (_, places) = found(0, 1.0);

        let sought = decoded(&[f32::NAN; CELLS], &places, &around).unwrap();

        assert_eq!(sought.presence, Score(0.0));
        assert!(matches!(
            decoded(&[0.5; 9], &places, &around),
            Err(TrackError::Shape { found: 777, .. })
        ));
    }
}
