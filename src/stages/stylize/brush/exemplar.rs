//! [`Exemplar`]: the reference, prepared as a source of patches.

use std::iter::successors;

use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::domain::labels::LabelPlace;
use crate::domain::settings::Texture;
use crate::domain::shape::{CropPoints, Landmarks68};
use crate::pictures::warp::{Outside, Warper};
use crate::stages::stylize::brush::correspondence::places;
use crate::stages::stylize::brush::features::features;
use crate::stages::stylize::brush::guides::{Wanted, differences, energy_of, line_of, packed};
use crate::stages::stylize::brush::levels::Range;
use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::plane::{Plane, luma, median};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::source::Source;
use crate::stages::stylize::brush::tones::Tones;

/// Short side of a prepared reference, pixels.
const SHORT: f32 = 448.0;

/// Maximum pixels, which limits search time and memory.
const MOST: f32 = 448.0 * 448.0 * 1.8;

/// Least side: the coarsest scale must hold a patch.
const LEAST: u32 = 64;

/// Aspect ratio above which only the middle of the reference is used.
const LONGEST: f32 = 4.0;

/// Number of scales; each halves the previous one.
pub(super) const LEVELS: usize = 4;

/// The face in a reference.
#[derive(Debug, Clone)]
pub struct ExemplarFace {
    /// Landmarks, pixels of the reference.
    pub shape: Landmarks68,
    /// Skin and hair labels, if known.
    pub labels: Option<LabelPlace>,
}

/// A reference picture with its guides.
#[derive(Debug)]
pub struct Exemplar {
    /// Scales from the full size to the coarsest.
    pub(super) levels: Vec<Source>,
    pub(super) character: Character,
    /// Landmarks of the face, pixels of the full scale.
    points: Option<CropPoints>,
    /// Whether it shows a face; of a joined exemplar, whether both do.
    pub(super) faced: bool,
    /// Whether skin and hair labels are known.
    pub(super) labelled: bool,
}

/// Global statistics of a reference.
#[derive(Debug, Clone)]
pub(super) struct Character {
    pub(super) tones: Tones,
    /// Contrast and colourfulness.
    pub(super) range: Range,
    /// The median texture energy at each multiple of 16 of brightness.
    pub(super) usual_energy: Plane,
    /// Ratio of the reference's line strength to a photo's.
    pub(super) line_gain: f32,
}

impl Character {
    /// Computes the statistics from smoothed brightness, texture energy and lines. If the head is known,
    /// the tones are the head's.
    fn of(
        range: Range,
        soft: &Plane,
        [energy, line]: &[&Plane; 2],
        labels: Option<&[Plane; 2]>,
    ) -> Self {
        let tones = Tones::to(&head_light(soft, labels));
        let line_gain = deviation(&line.values) / (POPULATION_LINE * tones.slope);
        Self {
            tones,
            range,
            usual_energy: usual(energy, soft),
            line_gain: line_gain.clamp(0.5, 3.0),
        }
    }

    /// Interpolates between this (0) and another (1).
    pub(super) fn mixed(&self, other: &Self, part: f32) -> Self {
        let between = |a: f32, b: f32| a + (b - a) * part;
        let mut usual_energy = self.usual_energy.clone();
        for (a, b) in usual_energy
            .values
            .iter_mut()
            .zip(&other.usual_energy.values)
        {
            *a = between(*a, *b);
        }
        Self {
            tones: self.tones.mixed(&other.tones, part),
            range: self.range.mixed(other.range, part),
            usual_energy,
            line_gain: between(self.line_gain, other.line_gain),
        }
    }
}

impl Exemplar {
    /// Prepares `picture`, with strokes `stroke` times as large as in the original.
    pub fn new(picture: &Picture, face: Option<&ExemplarFace>, stroke: Texture) -> Self {
        Self::by(&Recipe::default(), picture, face, stroke)
    }

    pub(super) fn by(
        recipe: &Recipe,
        picture: &Picture,
        face: Option<&ExemplarFace>,
        stroke: Texture,
    ) -> Self {
        let (small, from_picture) = scaled(picture, stroke.get());
        let Size { width, height } = small.size();
        let size = [width as usize, height as usize];
        let rgba = small.rgba().as_chunks::<4>().0;
        let colours = colours_of(rgba, size);
        let light = light_of(rgba, size);
        let points = face.map(|face| {
            face.shape.0.map(|p| {
                let at = from_picture * p;
                [at.x, at.y]
            })
        });
        let labels = face.and_then(|face| face.labels.as_ref());
        let labels = labels
            .zip(from_picture.inverse())
            .map(|(place, back)| labels_on(size, |at| place.at(back * at)));
        let soft = light.blurred(recipe.broad);
        let (energy, line) = (energy_of(&light, 3.0), line_of(&light, 1.0, 4.0));
        let range = Range::of(rgba.iter().map(|[r, g, b, _]| [*r, *g, *b]));
        let character = Character::of(range, &soft, &[&energy, &line], labels.as_ref());
        let features = points
            .as_ref()
            .map(|points| features(points, size[0], size[1], 1.0));
        let places = points.as_ref().map(|points| places(points, size, 1.0));
        let wanted = Wanted {
            colours: &differences(&colours.each_ref().map(|plane| plane.blurred(recipe.broad))),
            light: &soft,
            fine: &light.blurred(recipe.fine),
            energy: &energy,
            line: &line,
            labels: labels.as_ref(),
            places: places.as_ref(),
            features: features.as_ref(),
        };
        let full = Source::new(Pixels::of(rgba, size), packed(recipe, &wanted));
        Self {
            levels: successors(Some(full), |source| Some(source.halved()))
                .take(LEVELS)
                .collect(),
            character,
            faced: points.is_some(),
            points,
            labelled: labels.is_some(),
        }
    }

    /// Returns the landmarks of the face, if any, in pixels of the full scale.
    pub fn points(&self) -> Option<&CropPoints> {
        self.points.as_ref()
    }

    /// Joins two exemplars into one with the patches of both; guides known to only one of them are ignored.
    pub(super) fn joined(first: &Self, second: &Self) -> Self {
        let levels = first.levels.iter().zip(&second.levels);
        Self {
            levels: levels.map(|(first, second)| first.above(second)).collect(),
            character: first.character.clone(),
            points: first.points,
            faced: first.faced && second.faced,
            labelled: first.labelled && second.labelled,
        }
    }
}

/// Returns the red, green and blue planes.
fn colours_of(rgba: &[[u8; 4]], [width, height]: [usize; 2]) -> [Plane; 3] {
    [0, 1, 2].map(|c| Plane::made(width, height, |x, y| f32::from(rgba[y * width + x][c])))
}

/// Returns the brightness plane.
fn light_of(rgba: &[[u8; 4]], [width, height]: [usize; 2]) -> Plane {
    Plane::made(width, height, |x, y| {
        let [r, g, b, _] = rgba[y * width + x].map(f32::from);
        luma([r, g, b])
    })
}

/// Returns skin and hair at every second pixel of a picture of this size; `at` returns face, neck and
/// hair at a position.
fn labels_on(size: [usize; 2], at: impl Fn(Point<CropPx>) -> [f32; 3]) -> [Plane; 2] {
    let [width, height] = size.map(|side| side.div_ceil(2));
    let mut planes = [0, 1].map(|_| Plane::made(width, height, |_, _| 0.0));
    for y in 0..height {
        for x in 0..width {
            let [face, neck, hair] = at(Point::new(2.0 * x as f32 + 1.0, 2.0 * y as f32 + 1.0));
            planes[0].values[y * width + x] = face.max(neck);
            planes[1].values[y * width + x] = hair;
        }
    }
    planes
}

/// Returns the brightness of the head if it is known and large enough, otherwise of the whole picture;
/// labels have half the size.
fn head_light(light: &Plane, labels: Option<&[Plane; 2]>) -> Vec<f32> {
    let Some([skin, hair]) = labels else {
        return light.values.clone();
    };
    let mut head = Vec::new();
    for (i, (skin, hair)) in skin.values.iter().zip(&hair.values).enumerate() {
        if skin + hair > 0.5 {
            let (x, y) = (i % labels_width(light) * 2, i / labels_width(light) * 2);
            head.push(light.values[y * light.width + x]);
        }
    }
    if head.len() * 80 > light.values.len() {
        head
    } else {
        light.values.clone()
    }
}

/// Returns the labels per row for a picture with this brightness plane.
fn labels_width(light: &Plane) -> usize {
    light.width.div_ceil(2)
}

/// Returns the prepared picture, and the transform from the original to it.
fn scaled(picture: &Picture, stroke: f32) -> (Picture, Transform<CropPx, FramePx>) {
    let size = picture.size();
    let (width, height) = (size.width.max(1) as f32, size.height.max(1) as f32);
    let longest = width.min(height) * LONGEST;
    let part = [width.min(longest), height.min(longest)];
    let scale = (SHORT * stroke / part[0].min(part[1])).min((MOST / (part[0] * part[1])).sqrt());
    let side = |length: f32| ((length * scale).round() as u32).max(LEAST);
    let small = Size::new(side(part[0]), side(part[1]));
    let (across, down) = (part[0] / small.width as f32, part[1] / small.height as f32);
    let (left, top) = ((width - part[0]) / 2.0, (height - part[1]) / 2.0);
    let map: Transform<FramePx, CropPx> = Transform::scale_then_move(across, down, left, top);
    let mut out = Picture::filled(small, [0, 0, 0, 255]);
    Warper::default().warp(picture, &map, Outside::Edge, &mut out);
    let back = Transform::scale_then_move(1.0 / across, 1.0 / down, -left / across, -top / down);
    (out, back)
}

/// Root mean square of [`line_of`] over photos of heads.
const POPULATION_LINE: f32 = 7.0;

/// Returns the root mean square.
fn deviation(values: &[f32]) -> f32 {
    (values.iter().map(|v| v * v).sum::<f32>() / values.len().max(1) as f32).sqrt()
}

/// Returns the medians of `energy` where `light` is near each multiple of 16, shrunk towards the global
/// median where samples are few.
fn usual(energy: &Plane, light: &Plane) -> Plane {
    const BINS: usize = 17;
    let mut bins: [Vec<f32>; BINS] = Default::default();
    for (energy, light) in energy.values.iter().zip(&light.values) {
        bins[((light / 16.0).round() as usize).min(BINS - 1)].push(*energy);
    }
    let all = median(&mut energy.values.clone()).unwrap_or_default();
    // Weight of the global median: a small sample is unreliable.
    let few = energy.values.len() as f32 / 400.0;
    let medians = bins.map(|mut bin| {
        let count = bin.len() as f32;
        (median(&mut bin).unwrap_or(all) * count + all * few) / (count + few)
    });
    Plane::made(BINS, 1, |x, _| medians[x])
}
