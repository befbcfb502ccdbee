//! [`Crispness`]: gives strokes the contrast back that each fresh picture has.
//!
//! While one picture comes over another, strokes that lie a little elsewhere in it cancel out. So what a
//! pixel has over its neighbours is raised, in each place by what is lost there.

use crate::stages::stylize::steady::grid::{Grid, PATCH, number_at};
use crate::stages::stylize::steady::sample::Pixel;

/// The most that is added of what a pixel has over its neighbours.
const MOST: f32 = 0.15;

/// Contrast below this, of 255, is the camera's noise, which nothing is to be raised to.
const FLOOR: f32 = 1.5;

/// How much of the boost before is kept, so that it does not pump.
const KEPT: f32 = 0.9;

/// What is added, a patch.
#[derive(Debug, Default)]
pub(super) struct Crispness {
    fresh: Grid,
    soft: Grid,
    line: Vec<f32>,
}

impl Crispness {
    /// Measures the contrast of the fresh picture (`styled`) and of what is held (`shown`), both in
    /// rows of `width`. `boost` is that of the frame before, one number a patch, and becomes the new one.
    pub(super) fn measure(
        &mut self,
        styled: &[Pixel],
        shown: &[Pixel],
        width: usize,
        boost: &mut Grid,
    ) {
        let height = shown.len() / width;
        self.fresh.clear(width, height);
        self.soft.clear(width, height);
        for y in 1..height.saturating_sub(1) {
            let rows = |from: usize| from * width..(from + 1) * width;
            let three = [y - 1, y, y + 1];
            contrast(three.map(|y| &styled[rows(y)]), self.fresh.patches_at(y));
            contrast(three.map(|y| &shown[rows(y)]), self.soft.patches_at(y));
        }
        self.fresh.soften();
        self.soft.soften();
        let kept = if boost.values.len() == self.fresh.values.len() {
            KEPT
        } else {
            boost.clear(width, height);
            0.0
        };
        let floor = FLOOR * (PATCH * PATCH) as f32;
        let pairs = self.fresh.values.iter().zip(&self.soft.values);
        for (boost, (fresh, soft)) in boost.values.iter_mut().zip(pairs) {
            let wanted = (fresh / soft.max(floor) - 1.0).clamp(0.0, MOST);
            *boost = wanted + (*boost - wanted) * kept;
        }
    }

    /// Writes `shown` into `out` (RGBA; alpha stays), raised by `boost`.
    pub(super) fn show(&mut self, shown: &[Pixel], width: usize, boost: &Grid, out: &mut [u8]) {
        let height = shown.len() / width;
        let row = |y: usize| &shown[y * width..][..width];
        for (y, out) in out.chunks_exact_mut(width * 4).enumerate() {
            boost.row(y, &mut self.line);
            let (above, here) = (row(y.saturating_sub(1)), row(y));
            let below = row((y + 1).min(height - 1));
            for (x, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let left = here[x.saturating_sub(1)];
                let right = here[(x + 1).min(width - 1)];
                let boost = number_at(&self.line, x);
                for i in 0..3 {
                    let around = 0.25 * (above[x][i] + below[x][i] + left[i] + right[i]);
                    out[i] = (here[x][i] + boost * (here[x][i] - around) + 0.5) as u8;
                }
            }
        }
    }
}

/// Adds to `sums` how far the middle row's pixels are from the mean of their four neighbours.
fn contrast([above, here, below]: [&[Pixel]; 3], sums: &mut [f32]) {
    for (x, window) in here.windows(3).enumerate() {
        let around =
            light(window[0]) + light(window[2]) + light(above[x + 1]) + light(below[x + 1]);
        sums[(x + 1) / PATCH] += (light(window[1]) - 0.25 * around).abs();
    }
}

/// Mean of the colours.
#[inline]
fn light([r, g, b, _]: Pixel) -> f32 {
    (r + g + b) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 32;

    /// Strokes of `amount` around grey.
    fn strokes(amount: f32) -> Vec<Pixel> {
        let value = |i: usize| 128.0 + amount * ((i % SIDE) as f32 * 1.9).sin();
        (0..SIDE * SIDE).map(|i| [value(i); 4]).collect()
    }

    /// Contrast of a picture that shows strokes of `soft` where fresh ones have `fresh`.
    fn shown_contrast(fresh: f32, soft: f32) -> (f32, f32) {
        let (mut crispness, mut boost) = (Crispness::default(), Grid::default());
        let (wanted, mean) = (strokes(fresh), strokes(soft));
        let mut out = vec![7; SIDE * SIDE * 4];
        for _ in 0..30 {
            crispness.measure(&wanted, &mean, SIDE, &mut boost);
        }
        crispness.show(&mean, SIDE, &boost, &mut out);
        assert!(out.chunks_exact(4).all(|pixel| pixel[3] == 7));
        let spread = |row: &mut dyn Iterator<Item = f32>| {
            let (least, most) = row.fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(v), b.max(v)));
            most - least
        };
        let inside = 8 * SIDE + 8..8 * SIDE + 24;
        let mut pixels = wanted[inside.clone()].iter().map(|p| p[0]);
        let mut bytes = out.as_chunks::<4>().0[inside]
            .iter()
            .map(|p| f32::from(p[0]));
        (spread(&mut pixels), spread(&mut bytes))
    }

    #[test]
    fn soft_strokes_get_contrast_back() {
        let (wanted, shown) = shown_contrast(40.0, 30.0);

        assert!((0.8..1.05).contains(&(shown / wanted)), "{wanted} {shown}");
    }

    #[test]
    fn what_is_crisp_enough_stays_and_no_boost_is_boundless() {
        let (_, same) = shown_contrast(20.0, 40.0);
        let (_, most) = shown_contrast(100.0, 10.0);

        assert!((77.0..=80.0).contains(&same), "{same}");
        assert!(most < 60.0, "{most}");
    }
}
