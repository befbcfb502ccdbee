//! The final pass: levels and the photo's fine detail. The detail preserves the person's eyes, brows,
//! nose and mouth, and sharpens hair and clothes.

use crate::stages::stylize::brush::exemplar::Exemplar;
use crate::stages::stylize::brush::levels::Levels;
use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::photo_guides::{CropInput, PhotoGuides};
use crate::stages::stylize::brush::plane::{Plane, luma};
use crate::stages::stylize::brush::recipe::Recipe;

/// Writes the painting with its levels and the photo's fine detail into `out`, RGBA; alpha is unchanged.
/// On features the photo's detail replaces the painting's; elsewhere a weaker amount is added.
pub(super) fn finished(
    recipe: &Recipe,
    view: &CropInput<'_>,
    exemplar: &Exemplar,
    (seen, gain, levels): (&PhotoGuides, f32, Levels),
    painted: &Pixels,
    out: &mut [[u8; 4]],
) {
    let [width, height] = view.size;
    let tones = &exemplar.character.tones;
    let light = Plane::made(width, height, |x, y| {
        let [r, g, b, _] = view.photo[y * width + x].map(f32::from);
        tones.of(luma([r, g, b]) * gain)
    });
    let paint = Plane::made(width, height, |x, y| {
        luma(painted.pixels()[y * width + x].map(f32::from))
    });
    let reach = recipe.detail_reach / 2.0;
    let soft = [&light, &paint].map(|plane| plane.halved().blurred(reach).doubled());
    for y in 0..height {
        for x in 0..width {
            let [feature, other] = weights(recipe, seen, x / 2, y / 2);
            let i = y * width + x;
            let fine = recipe.detail_gain * (light.values[i] - soft[0].values[i]);
            let own = paint.values[i] - soft[1].values[i];
            let lift = feature * (fine - own) + other * fine;
            out[i][..3].copy_from_slice(&levels.stretch(painted.pixels()[i], lift));
        }
    }
}

/// Returns the weights of the photo's fine detail at a grid position: replacing and added.
#[inline]
fn weights(recipe: &Recipe, seen: &PhotoGuides, x: usize, y: usize) -> [f32; 2] {
    let at = y * seen.features.width + x;
    let feature = seen.features.values[at];
    let [skin, hair] = seen.labels_at(at);
    let added = |label: f32, detail: f32| label * (detail - recipe.other_detail);
    let other =
        recipe.other_detail + added(skin, recipe.skin_detail) + added(hair, recipe.hair_detail);
    [recipe.detail * feature, other * (1.0 - feature)]
}
