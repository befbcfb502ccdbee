//! The initial synthesis of a crop: coarse to fine, from the plan alone.

use crate::stages::stylize::brush::exemplar::{Exemplar, LEVELS};
use crate::stages::stylize::brush::field::{Field, Prices, Reach, Scene};
use crate::stages::stylize::brush::guided::Guided;
use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::target::Target;

/// Rounds on each level, the finest first.
const ROUNDS: [usize; LEVELS] = [2, 3, 5, 8];

/// Passes over all patches per round.
const PASSES: usize = 3;

/// Synthesises a crop without a previous frame; returns its field and its pixels.
pub(super) fn begun(recipe: &Recipe, guided: &Guided, exemplar: &Exemplar) -> (Field, Pixels) {
    let mut targets: Vec<Target> = vec![guided.target.clone()];
    while targets.len() < exemplar.levels.len() {
        let Some(half) = targets.last().map(Target::halved) else {
            break;
        };
        if half.width < 8 || half.height < 8 {
            break;
        }
        targets.push(half);
    }
    let mut known: Option<(Field, Pixels)> = None;
    for (level, target) in targets.iter().enumerate().rev() {
        let source = &exemplar.levels[level];
        let (mut field, mut painted) = match known.take() {
            None => (Field::random(target, source), planned(guided, target)),
            Some((field, painted)) => (
                field.doubled(&exemplar.levels[level + 1], target, source),
                doubled(&painted, target),
            ),
        };
        for round in 0..ROUNDS[level] {
            let reach = if level == 0 && round > 0 {
                Reach::Near
            } else {
                Reach::Far
            };
            let scene = Scene {
                source,
                target,
                painted: &painted,
                prices: Prices {
                    change: 0,
                    ..recipe.prices
                },
            };
            field.search(&scene, |_| true, (PASSES, reach));
            field.vote(source, target, recipe.soft, |_| true, &mut painted);
        }
        known = Some((field, painted));
    }
    known.unwrap_or_default()
}

/// Returns the colours of the plan at the size of a target's crop.
fn planned(guided: &Guided, target: &Target) -> Pixels {
    let (width, height) = (target.width * 2, target.height * 2);
    let light = guided.light.resized(width, height);
    let [blue, red] = guided
        .colours
        .each_ref()
        .map(|plane| plane.resized(width, height));
    let mut pixels = Pixels::new(width, height);
    for (i, pixel) in pixels.pixels_mut().iter_mut().enumerate() {
        *pixel = rgb(light.values[i], blue.values[i], red.values[i]);
    }
    pixels
}

/// Returns the wanted colour at a position of the grid.
pub(super) fn wanted_at(guided: &Guided, x: usize, y: usize) -> [u8; 3] {
    let at = y * guided.light.width + x;
    let [blue, red] = &guided.colours;
    rgb(guided.light.values[at], blue.values[at], red.values[at])
}

/// Converts luma, Cb and Cr (Rec. 601) to RGB.
fn rgb(light: f32, blue: f32, red: f32) -> [u8; 3] {
    let rgb = [
        light + 1.402 * red,
        light - 0.344 * blue - 0.714 * red,
        light + 1.772 * blue,
    ];
    rgb.map(|value| (value + 0.5) as u8)
}

/// Returns the picture at twice its size, cropped to that of `target`.
fn doubled(painted: &Pixels, target: &Target) -> Pixels {
    let mut pixels = Pixels::new(target.width * 2, target.height * 2);
    let width = pixels.width;
    let from = painted.pixels();
    let last = [painted.width - 1, painted.height - 1];
    for (i, pixel) in pixels.pixels_mut().iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        // Weights of 3/4 for the nearest pixel and 1/4 for the next one, along each axis.
        let pair = |at: usize, last: usize| {
            let near = (at / 2).min(last);
            let next = if at.is_multiple_of(2) {
                near.saturating_sub(1)
            } else {
                (near + 1).min(last)
            };
            [near, next]
        };
        let ([x0, x1], [y0, y1]) = (pair(x, last[0]), pair(y, last[1]));
        let at = |x: usize, y: usize, c: usize| u32::from(from[y * painted.width + x][c]);
        *pixel = std::array::from_fn(|c| {
            let sum = 9 * at(x0, y0, c) + 3 * (at(x1, y0, c) + at(x0, y1, c)) + at(x1, y1, c);
            ((sum + 8) / 16) as u8
        });
    }
    pixels
}
