//! The last touch: the photo's fine light on eyes, brows, nose and mouth, so that they are the person's.

use std::ops::Range;

use crate::stages::stylize::brush::exemplar::Exemplar;
use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::plane::{Plane, luma};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::view::{Seen, View};

/// Writes the painting with the photo's fine light into `out`, RGBA; alpha stays. On features it takes the
/// place of the painting's own, on other skin it is added to it, weaker.
pub(super) fn finished(
    recipe: &Recipe,
    view: &View<'_>,
    exemplar: &Exemplar,
    (seen, gain): (&Seen, f32),
    painted: &Pixels,
    out: &mut [[u8; 4]],
) {
    for (out, pixel) in out.iter_mut().zip(painted.pixels()) {
        out[..3].copy_from_slice(pixel);
    }
    let weights = Weights { recipe, seen };
    let Some([columns, rows]) = weights.extent() else {
        return;
    };
    let wide = view.size[0];
    let (left, top) = (2 * columns.start, 2 * rows.start);
    let plane = |of: &dyn Fn(usize) -> f32| {
        Plane::made(2 * columns.len(), 2 * rows.len(), |x, y| {
            of((top + y) * wide + left + x)
        })
    };
    let tones = &exemplar.character.tones;
    let light = plane(&|at| {
        let [r, g, b, _] = view.photo[at].map(f32::from);
        tones.of(luma([r, g, b]) * gain)
    });
    let paint = plane(&|at| luma(painted.pixels()[at].map(f32::from)));
    let reach = recipe.detail_reach / 2.0;
    let soft = [&light, &paint].map(|plane| plane.halved().blurred(reach));
    for y in 0..light.height {
        for x in 0..light.width {
            let [feature, skin] = weights.at(columns.start + x / 2, rows.start + y / 2);
            if feature + skin <= 0.0 {
                continue;
            }
            let place = |at: usize| (at as f32 - 0.5) / 2.0;
            let i = y * light.width + x;
            let fine = recipe.detail_gain * (light.values[i] - soft[0].at(place(x), place(y)));
            let own = paint.values[i] - soft[1].at(place(x), place(y));
            let lift = feature * (fine - own) + skin * fine;
            for byte in &mut out[(top + y) * wide + left + x][..3] {
                *byte = (f32::from(*byte) + lift + 0.5) as u8;
            }
        }
    }
}

/// How much of the photo's fine light places of the grid get.
struct Weights<'a> {
    recipe: &'a Recipe,
    seen: &'a Seen,
}

impl Weights<'_> {
    /// In place of the painting's, and added to it.
    #[inline]
    fn at(&self, x: usize, y: usize) -> [f32; 2] {
        let features = &self.seen.features;
        let at = y * features.width + x;
        let feature = features.values[at];
        [
            self.recipe.detail * feature,
            self.recipe.skin_detail * self.seen.skin(at) * (1.0 - feature),
        ]
    }

    /// The columns and rows within which there are any, with room for the blur.
    fn extent(&self) -> Option<[Range<usize>; 2]> {
        const ROOM: usize = 6;
        let (width, height) = (self.seen.light.width, self.seen.light.height);
        let mut found: Option<[[usize; 2]; 2]> = None;
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let [feature, skin] = self.at(x, y);
            if feature + skin > 0.01 {
                let [c, r] = found.get_or_insert([[x, x], [y, y]]);
                (c[0], c[1]) = (c[0].min(x), c[1].max(x));
                (r[0], r[1]) = (r[0].min(y), r[1].max(y));
            }
        }
        found.map(|[c, r]| {
            let grown = |[low, high]: [usize; 2], end: usize| {
                low.saturating_sub(ROOM)..(high + 1 + ROOM).min(end)
            };
            [grown(c, width), grown(r, height)]
        })
    }
}
