//! [`CropInput`]: a crop with its annotations. [`PhotoGuides`]: guides from the photo, without a plan.

use crate::domain::labels::Labels;
use crate::domain::shape::CropPoints;
use crate::stages::stylize::brush::correspondence::places;
use crate::stages::stylize::brush::features::features;
use crate::stages::stylize::brush::plane::{Plane, luma, median};

/// A crop with its annotations; the grid has half its pixels per side.
pub(super) struct CropInput<'a> {
    /// RGBA pixels of the photo, and its even width and height.
    pub(super) photo: &'a [[u8; 4]],
    pub(super) size: [usize; 2],
    pub(super) points: Option<&'a CropPoints>,
    /// Labels over the whole crop, the photo's corner in it, and the crop's side, pixels.
    pub(super) labels: Option<(&'a Labels, [f32; 2], f32)>,
    /// Whether the photo's alpha marks the visible pixels; otherwise all are visible.
    pub(super) masked: bool,
}

/// Guides from a photo, on the grid.
#[derive(Debug)]
pub(super) struct PhotoGuides {
    pub(super) light: Plane,
    /// Importance for recognition.
    pub(super) features: Plane,
    /// Skin and hair, and positions on the mean face, at every second position of the grid.
    pub(super) labels: Option<[Plane; 2]>,
    pub(super) places: Option<[Plane; 2]>,
    /// Whether each position is painted.
    pub(super) shown: Vec<bool>,
    /// Whether the crop is a whole picture.
    pub(super) whole: bool,
    /// Median brightness of the face, or of the picture if there is no face.
    pub(super) brightness: f32,
}

impl PhotoGuides {
    /// Returns skin and hair at a position of the grid.
    #[inline]
    pub(super) fn labels_at(&self, at: usize) -> [f32; 2] {
        let (x, y) = (at % self.light.width, at / self.light.width);
        self.labels.as_ref().map_or([0.0; 2], |planes| {
            planes
                .each_ref()
                .map(|plane| plane.values[y / 2 * plane.width + x / 2])
        })
    }

    pub(super) fn of(view: &CropInput<'_>) -> Self {
        let [width, height] = view.size.map(|side| side / 2);
        let features = view.points.map_or_else(
            || Plane::made(width, height, |_, _| 0.0),
            |points| features(points, width, height, 2.0),
        );
        Self {
            light: photo_light(view),
            features,
            labels: labels_of(view),
            places: view
                .points
                .map(|points| places(points, [width, height], 2.0)),
            shown: shown(view),
            whole: !view.masked,
            brightness: brightness(view),
        }
    }
}

/// Returns skin and hair at every second position of the grid.
fn labels_of(view: &CropInput<'_>) -> Option<[Plane; 2]> {
    let (labels, corner, side) = view.labels?;
    let [width, height] = view.size.map(|side| (side / 2).div_ceil(2));
    let mut planes = [0, 1].map(|_| Plane::made(width, height, |_, _| 0.0));
    for y in 0..height {
        for x in 0..width {
            let at = |i: usize, corner: f32| ((i as f32 + 0.5) * 4.0 + corner) / side;
            let [face, neck, hair] = labels.at(at(x, corner[0]), at(y, corner[1]));
            planes[0].values[y * width + x] = face.max(neck);
            planes[1].values[y * width + x] = hair;
        }
    }
    Some(planes)
}

/// Returns the brightness of the photo on the grid.
fn photo_light(view: &CropInput<'_>) -> Plane {
    let [width, height] = view.size;
    Plane::made(width / 2, height / 2, |x, y| {
        let at = 2 * y * width + 2 * x;
        let sum = [at, at + 1, at + width, at + width + 1]
            .iter()
            .fold([0.0; 3], |sum, i| {
                let [r, g, b, _] = view.photo[*i].map(f32::from);
                [sum[0] + r, sum[1] + g, sum[2] + b]
            });
        luma(sum) * 0.25
    })
}

/// Returns the visible positions with a margin.
fn shown(view: &CropInput<'_>) -> Vec<bool> {
    /// Least visible alpha, of 255.
    const SEEN: u8 = 9;
    let [width, height] = view.size.map(|side| side / 2);
    if !view.masked {
        return vec![true; width * height];
    }
    let alpha = |x: usize, y: usize| view.photo[2 * y * view.size[0] + 2 * x][3] >= SEEN;
    let across: Vec<bool> = (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            (x.saturating_sub(2)..=(x + 2).min(width - 1)).any(|x| alpha(x, y))
        })
        .collect();
    (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            (y.saturating_sub(2)..=(y + 2).min(height - 1)).any(|y| across[y * width + x])
        })
        .collect()
}

/// Returns the median brightness of the face, or of the picture if there is no face; 128 if empty.
fn brightness(view: &CropInput<'_>) -> f32 {
    /// Sampling step along each axis, pixels.
    const EVERY: usize = 4;
    let [width, height] = view.size;
    let mut values = Vec::new();
    for y in (0..height).step_by(EVERY) {
        for x in (0..width).step_by(EVERY) {
            let counts = view.labels.is_none_or(|(labels, corner, side)| {
                let at = |v: usize, corner: f32| (v as f32 + corner) / side;
                labels.at(at(x, corner[0]), at(y, corner[1]))[0] > 0.5
            });
            if counts {
                let [r, g, b, _] = view.photo[y * width + x].map(f32::from);
                values.push(luma([r, g, b]));
            }
        }
    }
    median(&mut values).unwrap_or(128.0)
}
