//! [`Guided`]: the target guides of a crop for an exemplar, from photo and plan.

use crate::domain::frame::{Picture, Size};
use crate::stages::stylize::brush::exemplar::Exemplar;
use crate::stages::stylize::brush::exposure::Exposure;
use crate::stages::stylize::brush::guides::{FEATURES, LABELS, PLACES, Wanted, line_of, packed};
use crate::stages::stylize::brush::patch::Guides;
use crate::stages::stylize::brush::photo_guides::PhotoGuides;
use crate::stages::stylize::brush::plane::{Plane, luma};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::target::Target;

/// The target of a crop, on the grid.
pub(super) struct Guided {
    pub(super) target: Target,
    /// Luma, then Cb and Cr (Rec. 601).
    pub(super) light: Plane,
    pub(super) colours: [Plane; 2],
    pub(super) exposure: Exposure,
}

/// Computes the target of a crop for an exemplar. `plan` is the network's result for the photo, of any
/// size; `known` is the previous frame's exposure.
pub(super) fn guided(
    recipe: &Recipe,
    seen: &PhotoGuides,
    exemplar: &Exemplar,
    plan: &Picture,
    known: Option<Exposure>,
) -> Guided {
    let (width, height) = (seen.light.width, seen.light.height);
    let [mut light, blue, red] = read_plan(plan, width, height);
    let character = &exemplar.character;
    let exposure = Exposure::of(recipe, seen, &character.tones, &light).eased(known);
    exposure.expose(&character.tones, &mut light);
    for (light, photo) in light.values.iter_mut().zip(&seen.light.values) {
        let own = character.tones.of(photo * exposure.gain);
        *light = own + (*light - own) * recipe.plan_light;
    }
    let broad = recipe.broad / 2.0;
    let mixed = |sharp: &Plane| {
        let mut soft = sharp.blurred(broad);
        let pairs = sharp.values.iter().zip(&seen.features.values);
        for (value, (sharp, feature)) in soft.values.iter_mut().zip(pairs) {
            *value += (sharp - *value) * feature;
        }
        soft
    };
    let soft_light = mixed(&light);
    let mut energy = soft_light.clone();
    for value in &mut energy.values {
        *value = character.usual_energy.at(*value / 16.0, 0.0);
    }
    let mut line = line_of(&light, 0.5, 2.0);
    let lines = line.values.iter_mut();
    lines.for_each(|value| *value *= character.line_gain);
    let colours = [blue, red];
    let wanted = Wanted {
        colours: &colours.each_ref().map(mixed),
        light: &soft_light,
        fine: &light,
        energy: &energy,
        line: &line,
        labels: seen.labels.as_ref(),
        places: seen.places.as_ref(),
        features: Some(&seen.features),
    };
    let guides = packed(recipe, &wanted);
    let features = seen.features.values.iter();
    let target = Target {
        width,
        height,
        guides,
        counts: counts(seen, exemplar),
        features: features.map(|feature| (feature * 255.0) as u8).collect(),
        shown: seen.shown.clone(),
    };
    Guided {
        target,
        light,
        colours,
        exposure,
    }
}

/// Returns the mask of guides known to both. A whole picture counts as labelled, with empty labels.
fn counts(seen: &PhotoGuides, exemplar: &Exemplar) -> Guides {
    let mut counts = [255; 16];
    let mut leave_out = |guides: &[usize]| guides.iter().for_each(|at| counts[*at] = 0);
    if !exemplar.faced || seen.places.is_none() {
        leave_out(&PLACES);
        leave_out(&FEATURES);
    }
    if !exemplar.labelled || !(seen.labels.is_some() || seen.whole) {
        leave_out(&LABELS);
    }
    counts
}

/// Returns luma, Cb and Cr (Rec. 601) of the plan, resampled bilinearly to the grid.
fn read_plan(plan: &Picture, width: usize, height: usize) -> [Plane; 3] {
    let Size {
        width: wide,
        height: high,
    } = plan.size();
    let (wide, high) = (wide.max(1) as usize, high.max(1) as usize);
    let place = |i: usize, from: usize, to: usize| {
        let at = ((i as f32 + 0.5) * from as f32 / to as f32 - 0.5).clamp(0.0, (from - 1) as f32);
        let near = at as usize;
        (near, (near + 1).min(from - 1), at - near as f32)
    };
    let columns: Vec<_> = (0..width).map(|x| place(x, wide, width)).collect();
    let pixels = plan.rgba().as_chunks::<4>().0;
    let mut planes = [0, 1, 2].map(|_| Plane {
        width,
        height,
        values: Vec::with_capacity(width * height),
    });
    for y in 0..height {
        let (above, below, down) = place(y, high, height);
        let (upper, lower) = (
            &pixels[above * wide..][..wide],
            &pixels[below * wide..][..wide],
        );
        for (left, right, along) in &columns {
            let mix = |c: usize| {
                let of = |row: &[[u8; 4]]| {
                    let (a, b) = (f32::from(row[*left][c]), f32::from(row[*right][c]));
                    a + (b - a) * along
                };
                let (a, b) = (of(upper), of(lower));
                a + (b - a) * down
            };
            let [r, g, b] = [mix(0), mix(1), mix(2)];
            let bright = luma([r, g, b]);
            planes[0].values.push(bright);
            planes[1].values.push((b - bright) * 0.564);
            planes[2].values.push((r - bright) * 0.713);
        }
    }
    planes
}
