//! Guide channels of the crop and of the reference, sixteen bytes per position.
//!
//! Broad guides have equal weight everywhere: the plan's colours, brightness in the reference's tones,
//! the usual texture energy there, the position on the face, skin and hair. Fine guides weigh most on
//! features: sharp brightness, lines, and again the position.

use crate::stages::stylize::brush::patch::Guides;
use crate::stages::stylize::brush::plane::{Plane, luma};
use crate::stages::stylize::brush::recipe::Recipe;

/// Channels of the position on the face, of skin and hair, and of features.
pub(super) const PLACES: [usize; 4] = [4, 5, 12, 13];
pub(super) const LABELS: [usize; 2] = [6, 7];
pub(super) const FEATURES: [usize; 1] = [14];

/// Guide planes of one picture. Labels and places have half the size of the others.
pub(super) struct Wanted<'a> {
    /// Cb and Cr.
    pub(super) colours: &'a [Plane; 2],
    pub(super) light: &'a Plane,
    pub(super) fine: &'a Plane,
    /// Texture energy.
    pub(super) energy: &'a Plane,
    /// Brightness minus that of the surroundings.
    pub(super) line: &'a Plane,
    /// Skin and hair.
    pub(super) labels: Option<&'a [Plane; 2]>,
    /// Positions on the mean face.
    pub(super) places: Option<&'a [Plane; 2]>,
    pub(super) features: Option<&'a Plane>,
}

/// Packs the guides of each position.
pub(super) fn packed(recipe: &Recipe, wanted: &Wanted<'_>) -> Vec<Guides> {
    let (width, height) = (wanted.light.width, wanted.light.height);
    let byte = |value: f32| (value + 0.5) as u8;
    let half_width = width.div_ceil(2);
    let bytes = |planes: Option<&[Plane; 2]>, y: usize, scale: f32| -> Vec<[u8; 2]> {
        let Some([a, b]) = planes else {
            return vec![[0; 2]; half_width];
        };
        let row = |plane: &Plane| y / 2 * plane.width..(y / 2 + 1) * plane.width;
        let pairs = a.values[row(a)].iter().zip(&b.values[row(b)]);
        pairs
            .map(|(a, b)| [byte(a * scale), byte(b * scale)])
            .collect()
    };
    let mut guides = Vec::with_capacity(width * height);
    for y in 0..height {
        let labels = bytes(wanted.labels, y, recipe.label);
        let places = bytes(wanted.places, y, recipe.place);
        let row = y * width..(y + 1) * width;
        let of = |plane: &'_ Plane, scale: f32, base: f32| -> Vec<u8> {
            let values = plane.values[row.clone()].iter();
            values.map(|value| byte((value + base) * scale)).collect()
        };
        let [blue, red] = wanted
            .colours
            .each_ref()
            .map(|plane| of(plane, recipe.colour, 128.0));
        let light = of(wanted.light, recipe.light, 0.0);
        let fine = of(wanted.fine, recipe.sharp, 0.0);
        let energy = of(wanted.energy, recipe.energy, 0.0);
        let line = of(wanted.line, recipe.line, 64.0);
        let feature = wanted
            .features
            .map_or_else(|| vec![0; width], |plane| of(plane, recipe.label, 0.0));
        guides.extend((0..width).map(|x| {
            let ([px, py], [skin, hair]) = (places[x / 2], labels[x / 2]);
            [
                blue[x], red[x], light[x], energy[x], px, py, skin, hair, //
                blue[x], red[x], fine[x], line[x], px, py, feature[x], 0,
            ]
        }));
    }
    guides
}

/// Returns Cb and Cr (Rec. 601) of red, green and blue planes, around 0.
pub(super) fn differences(rgb: &[Plane; 3]) -> [Plane; 2] {
    let (width, height) = (rgb[0].width, rgb[0].height);
    [(2, 0.564), (0, 0.713)].map(|(c, scale)| {
        Plane::made(width, height, |x, y| {
            let at = y * width + x;
            let bright = luma([0, 1, 2].map(|c| rgb[c].values[at]));
            (rgb[c].values[at] - bright) * scale
        })
    })
}

/// Returns the local standard deviation of brightness.
pub(super) fn energy_of(light: &Plane, reach: f32) -> Plane {
    let mean = light.blurred(reach);
    let mut squares = light.clone();
    squares.values.iter_mut().for_each(|v| *v *= *v);
    let mut energy = squares.blurred(reach);
    for (value, mean) in energy.values.iter_mut().zip(&mean.values) {
        *value = (*value - mean * mean).max(0.0).sqrt();
    }
    energy
}

/// Returns a difference of Gaussians: brightness minus that of the surroundings.
pub(super) fn line_of(light: &Plane, inner: f32, outer: f32) -> Plane {
    let mut line = light.blurred(inner);
    for (value, around) in line.values.iter_mut().zip(light.blurred(outer).values) {
        *value -= around;
    }
    line
}
