//! [`ReferenceFaceFinder`]: finds the face in a reference picture.
//!
//! A detector trained on photos fails on drawings, busts and masks. The finder therefore searches several
//! views: the whole picture, views for faces that nearly fill it or extend beyond it, and then a version
//! with enhanced edges.

use crate::domain::control::ReferenceFace;
use crate::domain::face::{BoundingBox, Score, SearchRegion, TrackId, TrackState, TrackedFace};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{Point, Rect};
use crate::domain::labels::LabelPlace;
use crate::domain::region::MaskExtent;
use crate::domain::shape::{LandmarkResult, Landmarks68, SHAPE_POINTS};
use crate::domain::style::Style;
use crate::pictures::crop_cache::CropCache;
use crate::pictures::plane::Plane;
use crate::pictures::within;
use crate::stages::align::Aligner;
use crate::stages::detect::FaceDetector;
use crate::stages::landmarks::{LandmarkFinder, box_of};
use crate::stages::mask::MaskFinder;

/// Minimum detector score; the landmark network judges the detections.
const DETECTED: f32 = 0.3;

/// Minimum presence of a face that is used.
const SURE: f32 = 0.6;

/// With at least this presence, no other version of the picture is searched.
const CLEAR: f32 = 0.9;

/// Side of the crop that is segmented into skin and hair, pixels.
const CROP: u32 = 256;

/// Longest side of the searched picture, pixels.
const LONGEST: u32 = 1024;

/// Minimum side of a face as a share of the picture's longer side. A smaller face makes no portrait: it
/// holds few strokes, and painted ornaments are easily mistaken for small faces.
const LEAST_SIDE: f32 = 0.14;

/// From this side on, as a share of the picture's longer side, the picture is a portrait.
const PORTRAIT_SIDE: f32 = 0.33;

/// Maximum number of faces judged in each view.
const MOST: usize = 3;

/// Offsets (in sides of the box) and scales of the boxes from which the points are found again; the medians
/// are used.
const NUDGES: [[f32; 3]; 5] = [
    [0.0, 0.0, 1.0],
    [0.05, 0.03, 1.06],
    [-0.05, 0.03, 0.95],
    [0.03, -0.05, 1.0],
    [-0.03, -0.03, 1.1],
];

/// Number of further passes in stretched windows.
const STRETCHED: usize = 2;

/// Minimum mean displacement of the points, in face widths, from which the stretched result is used: a face
/// of usual proportions keeps the points found the way a live face's are.
const STRETCHES: f32 = 0.009;

/// Owns the networks that analyse references.
#[derive(Debug)]
pub struct ReferenceFaceFinder {
    /// Detects faces.
    pub detector: FaceDetector,
    /// Finds facial landmarks.
    pub landmarks: LandmarkFinder,
    /// Segments skin and hair.
    pub mask: MaskFinder,
}

impl ReferenceFaceFinder {
    /// The face of a style's reference: the one set by the user, or the one found.
    pub fn face_of(&mut self, style: &Style) -> Option<ReferenceFace> {
        ReferenceFace::given(style).or_else(|| self.find(&style.picture))
    }

    /// Finds the clearest large face. If a network fails, the style stays usable without a face.
    pub(super) fn find(&mut self, picture: &Picture) -> Option<ReferenceFace> {
        let small = within(picture.clone(), LONGEST);
        let back = picture.size().width as f32 / small.size().width.max(1) as f32;
        let mut best = self.best_in(&small);
        if best.as_ref().is_none_or(|face| face.sure < CLEAR) {
            let drawn = with_strong_edges(&small);
            let other = self.best_in(&drawn);
            let sure = |face: &Option<ReferenceFace>| face.as_ref().map_or(0.0, |face| face.sure);
            if sure(&other) > sure(&best) {
                best = other;
            }
        }
        best.filter(|face| face.sure >= SURE)
            .map(|face| ReferenceFace {
                shape: face.shape.scaled(back, back),
                ..face
            })
    }

    /// Labels skin, neck and hair of the head with these points, if possible.
    pub(super) fn labels(&mut self, picture: &Picture, shape: &Landmarks68) -> Option<LabelPlace> {
        let face = still(shape);
        let mut crop = Aligner::default().head(picture, &face, CROP).ok()?;
        // Otherwise the neck of another picture's face would be carried over.
        self.mask.forget();
        let labels = self
            .mask
            .write_mask(&mut crop, MaskExtent::Head, face.id)
            .ok()??;
        Some(LabelPlace {
            labels,
            crop_from_frame: crop.frame_from_crop.inverse()?,
            side: CROP as f32,
        })
    }

    fn best_in(&mut self, picture: &Picture) -> Option<ReferenceFace> {
        let Size { width, height } = picture.size();
        let (wide, high) = (width as f32, height as f32);
        let all = Rect::new(0.0, 0.0, wide, high);
        let padded = Rect::new(-0.25 * wide, -0.25 * high, 1.5 * wide, 1.5 * high);
        let large = |bounds: &BoundingBox| bounds.area().max(0.0).sqrt() / wide.max(high).max(1.0);
        let mut best: Option<(f32, LandmarkResult)> = None;
        for view in [
            SearchRegion::Whole,
            SearchRegion::Around(all),
            SearchRegion::Around(padded),
        ] {
            let cache = &mut CropCache::default();
            let found = self.detector.detect(cache, picture, view);
            let mut found = found.unwrap_or_default();
            found.retain(|face| face.score.0 >= DETECTED && large(&face.bounds) >= LEAST_SIDE);
            found.sort_by(|a, b| b.score.0.total_cmp(&a.score.0));
            for face in found.into_iter().take(MOST) {
                let cache = &mut CropCache::default();
                let found = self
                    .landmarks
                    .find(cache, picture, &face.bounds, &face.landmarks);
                let Ok(marks) = found else {
                    continue;
                };
                let worth = marks.presence.0 * (0.3 + large(&face.bounds));
                if best.as_ref().is_none_or(|(known, _)| worth > *known) {
                    best = Some((worth, marks));
                }
            }
        }
        let (_, marks) = best?;
        Some(self.settled(picture, &marks))
    }

    /// Finds the points from shifted and scaled boxes around `shape`.
    fn seen_again(&mut self, picture: &Picture, shape: &Landmarks68) -> Vec<LandmarkResult> {
        let (bounds, five) = (box_of(shape), shape.five());
        let nudges = NUDGES.iter();
        let marks = nudges.filter_map(|[right, down, scale]| {
            let bounds = nudged(&bounds, [*right, *down], *scale);
            let cache = &mut CropCache::default();
            self.landmarks.find(cache, picture, &bounds, &five).ok()
        });
        marks.collect()
    }

    /// Finds the points in shifted windows that stretch `shape` to the mean face's proportions.
    fn seen_stretched(&mut self, picture: &Picture, shape: &Landmarks68) -> Vec<LandmarkResult> {
        let nudges = NUDGES.iter();
        let marks = nudges.filter_map(|[right, down, scale]| {
            let nudge = [right / 2.0, down / 2.0, *scale];
            let cache = &mut CropCache::default();
            self.landmarks
                .find_stretched(cache, picture, shape, nudge)
                .ok()
        });
        marks.collect()
    }

    /// Refines the points: from boxes around them, then in stretched windows, both in the picture and in
    /// its mirror image; takes the medians.
    fn settled(&mut self, picture: &Picture, first: &LandmarkResult) -> ReferenceFace {
        let width = picture.size().width as f32;
        let in_mirror = mirrored(picture);
        let (mut marks, mut plain) = (*first, *first);
        for turn in 0..=STRETCHED {
            let look = if turn == 0 {
                Self::seen_again
            } else {
                Self::seen_stretched
            };
            let mut again = look(self, picture, &marks.shape);
            let other_way = look(self, &in_mirror, &marks.shape.mirrored(width));
            again.extend(other_way.into_iter().map(|marks| LandmarkResult {
                shape: marks.shape.mirrored(width),
                ..marks
            }));
            // A wrongly stretched window shows no face.
            let Some(next) = median_of(&again).filter(|next| turn == 0 || next.presence.0 >= SURE)
            else {
                break;
            };
            marks = next;
            if turn == 0 {
                plain = next;
            }
        }
        if moved(&plain.shape, &marks.shape) < STRETCHES {
            marks = plain;
        }
        ReferenceFace {
            shape: marks.shape,
            sure: marks.presence.0,
            large: is_portrait(&marks.shape, picture.size()),
        }
    }
}

/// Mean distance of the points, in face widths (jaw point 1 to 17).
fn moved(from: &Landmarks68, to: &Landmarks68) -> f32 {
    let width = from.0[0].distance(from.0[16]).max(1.0);
    let pairs = from.0.iter().zip(&to.0);
    pairs.map(|(a, b)| a.distance(*b)).sum::<f32>() / SHAPE_POINTS as f32 / width
}

/// Median of each number; `None` if `all` is empty.
fn median_of(all: &[LandmarkResult]) -> Option<LandmarkResult> {
    let median = |of: &dyn Fn(&LandmarkResult) -> f32| {
        let mut values: Vec<f32> = all.iter().map(of).collect();
        values.sort_by(f32::total_cmp);
        let count = values.len();
        f32::midpoint(values[(count - 1) / 2], values[count / 2])
    };
    (!all.is_empty()).then(|| {
        let point = |i: usize| {
            Point::new(
                median(&|marks| marks.shape.0[i].x),
                median(&|marks| marks.shape.0[i].y),
            )
        };
        LandmarkResult {
            shape: Landmarks68(std::array::from_fn::<_, SHAPE_POINTS, _>(point)),
            presence: Score(median(&|marks| marks.presence.0)),
        }
    })
}

/// A tracked face without motion.
fn still(shape: &Landmarks68) -> TrackedFace {
    TrackedFace {
        id: TrackId(0),
        bounds: box_of(shape),
        landmarks: shape.five(),
        shape: Some(*shape),
        score: Score(1.0),
        state: TrackState::Locked,
    }
}

/// Whether the face fills enough of a picture of this size to make it a portrait.
fn is_portrait(shape: &Landmarks68, size: Size) -> bool {
    let side = box_of(shape).area().max(0.0).sqrt();
    side >= PORTRAIT_SIDE * size.width.max(size.height) as f32
}

fn nudged(bounds: &BoundingBox, [right, down]: [f32; 2], scale: f32) -> BoundingBox {
    let middle = bounds.centre();
    let (width, height) = (bounds.width * scale, bounds.height * scale);
    Rect::new(
        middle.x + right * bounds.width - width / 2.0,
        middle.y + down * bounds.height - height / 2.0,
        width,
        height,
    )
}

/// The picture mirrored left to right.
fn mirrored(picture: &Picture) -> Picture {
    let mut mirrored = picture.clone();
    let width = picture.size().width.max(1) as usize;
    for row in mirrored.rgba_mut().chunks_exact_mut(width * 4) {
        row.as_chunks_mut::<4>().0.reverse();
    }
    mirrored
}

/// The picture in grey, with its tones stretched to the full range and its edges enhanced.
fn with_strong_edges(picture: &Picture) -> Picture {
    const STRONGER: f32 = 1.5;
    const REACH_PART: usize = 80;
    let Size { width, height } = picture.size();
    let (wide, high) = (width as usize, height as usize);
    let pixels = picture.rgba().as_chunks::<4>().0;
    let light = Plane::made(wide, high, |x, y| {
        let [r, g, b, _] = pixels[y * wide + x].map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    });
    let mut sorted = light.values().to_vec();
    sorted.sort_by(f32::total_cmp);
    let part = |share: f32| {
        let at = (share * sorted.len() as f32) as usize;
        sorted
            .get(at.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    let (dark, bright) = (part(0.02), part(0.98));
    let spread = 255.0 / (bright - dark).max(16.0);
    let around = light.blurred((wide.max(high) / REACH_PART).max(1));
    let mut out = Picture::filled(picture.size(), [0, 0, 0, 255]);
    let values = light.values().iter().zip(around.values());
    for (pixel, (here, around)) in out.rgba_mut().as_chunks_mut::<4>().0.iter_mut().zip(values) {
        let value = (here + STRONGER * (here - around) - dark) * spread;
        let value = value.clamp(0.0, 255.0) as u8;
        *pixel = [value, value, value, 255];
    }
    out
}
