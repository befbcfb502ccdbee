//! [`Crispness`]: makes strong strokes crisper and faint ones calmer.
//!
//! What boils on a cheek is mostly faint, and what makes a picture crisp are its strong edges: fine
//! detail is raised where there is much of it and lowered where there is little (coring, as for the
//! noise of television pictures: Rossi, SMPTE Journal 1978).

use crate::stages::stylize::steady::grid::Grid;

/// A patch of this much detail, over the picture's mean, is half-way between faint and strong.
const HALF_WAY: f32 = 1.45;

/// The most that detail is raised by.
const MOST: f32 = 1.5;

/// Mean detail, of 255, under which all is faint: the camera's noise.
const FLOOR: f32 = 1.0;

/// How much of what was found in the frame before is kept: of a patch's detail, of the mean.
const KEPT: [f32; 2] = [0.8, 0.9];

/// The blur that detail is told from (binomial, a standard deviation of one pixel), over 16.
const BLUR: [f32; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];

/// How strongly it is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coring {
    /// How much of its detail is added to a patch of strong strokes.
    pub raise: f32,
    /// How much of it is taken from one of faint ones.
    pub lower: f32,
    /// The mean detail, of 255, with which `raise` holds: a softer picture is raised by more, a harsher one
    /// by less, inversely. `None`: all alike.
    pub usual: Option<f32>,
}

/// What is remembered from frame to frame, so that detail does not pump.
#[derive(Debug, Default)]
pub(super) struct Detail {
    mean: Option<f32>,
    patches: Vec<f32>,
}

/// Fine detail, and how much of it is added.
#[derive(Debug, Default)]
pub(super) struct Crispness {
    detail: Vec<f32>,
    across: Vec<f32>,
    shares: Grid,
}

impl Crispness {
    /// Looks at a picture of this brightness, `[0, 255]` in rows of `width`; only patches that are
    /// `seen` count. `remembered` is of the frame before.
    pub(super) fn measure(
        &mut self,
        light: &[f32],
        width: usize,
        seen: &[bool],
        coring: Coring,
        remembered: &mut Detail,
    ) {
        self.find_detail(light, width);
        self.shares.take_means_of(&self.detail, width, f32::abs);
        self.shares.soften();
        let amounts = &mut self.shares.values;
        let (sum, count) = amounts
            .iter()
            .zip(seen)
            .filter(|(_, seen)| **seen)
            .fold((0.0, 0.0_f32), |(sum, n), (amount, _)| {
                (sum + amount, n + 1.0)
            });
        let mean = sum / count.max(1.0);
        let before = remembered.mean.unwrap_or(mean);
        let mean = *remembered.mean.insert(mean + (before - mean) * KEPT[1]);
        if remembered.patches.len() != amounts.len() {
            remembered.patches.clone_from(amounts);
        }
        let half_way = (mean * HALF_WAY).max(FLOOR);
        let raise = coring.usual.map_or(coring.raise, |usual| {
            (coring.raise * usual / mean.max(FLOOR)).min(MOST)
        });
        for (amount, before) in amounts.iter_mut().zip(&mut remembered.patches) {
            *before = *amount + (*before - *amount) * KEPT[0];
            let strong = (*before / half_way - 0.5).clamp(0.0, 1.0);
            let strong = strong * strong * (3.0 - 2.0 * strong);
            *amount = raise * strong - coring.lower * (1.0 - strong);
        }
    }

    /// What each pixel's brightness has over those around it.
    pub(super) fn detail(&self) -> &[f32] {
        &self.detail
    }

    /// How much of that is added, a patch; negative where some is taken.
    pub(super) fn shares(&self) -> &Grid {
        &self.shares
    }

    fn find_detail(&mut self, light: &[f32], width: usize) {
        let [a, b, c, ..] = BLUR.map(|weight| weight / 16.0);
        let height = light.len() / width;
        self.across.clear();
        self.across.extend_from_slice(light);
        for (out, row) in self
            .across
            .chunks_exact_mut(width)
            .zip(light.chunks_exact(width))
        {
            // The outermost two pixels are blurred down only.
            for (out, taps) in out.iter_mut().skip(2).zip(row.windows(5)) {
                *out = a * (taps[0] + taps[4]) + b * (taps[1] + taps[3]) + c * taps[2];
            }
        }
        self.detail.clear();
        self.detail.extend_from_slice(light);
        for (y, out) in self.detail.chunks_exact_mut(width).enumerate() {
            let row = |at: usize| &self.across[at.min(height - 1) * width..][..width];
            let (top, above) = (row(y.saturating_sub(2)), row(y.saturating_sub(1)));
            let (here, below, low) = (row(y), row(y + 1), row(y + 2));
            for (x, out) in out.iter_mut().enumerate() {
                *out -= a * (top[x] + low[x]) + b * (above[x] + below[x]) + c * here[x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;

    const CORING: Coring = Coring {
        raise: 0.6,
        lower: 0.4,
        usual: None,
    };

    fn measured_with(light: &[f32], coring: Coring) -> Crispness {
        let mut crispness = Crispness::default();
        let seen = vec![true; SIDE * SIDE / 16];
        crispness.measure(light, SIDE, &seen, coring, &mut Detail::default());
        crispness
    }

    fn measured(light: &[f32]) -> Crispness {
        measured_with(light, CORING)
    }

    #[test]
    fn strong_strokes_grow_and_faint_ones_shrink() {
        // Strong strokes in the left third, faint ones elsewhere.
        let strokes = |i: usize| {
            let amount = if i % SIDE < 20 { 40.0 } else { 3.0 };
            128.0 + amount * ((i % SIDE) as f32 * 1.9).sin()
        };
        let light: Vec<f32> = (0..SIDE * SIDE).map(strokes).collect();

        let crispness = measured(&light);

        let share = |x: usize| crispness.shares().values[8 * SIDE / 4 + x / 4];
        assert!((share(8) - CORING.raise).abs() < 0.01, "{}", share(8));
        assert!((share(48) + CORING.lower).abs() < 0.01, "{}", share(48));
    }

    #[test]
    fn soft_strokes_are_raised_by_more_than_harsh_ones() {
        let raised = |amount: f32| {
            let strokes = |i: usize| {
                let here = if i % SIDE < 20 { amount } else { 0.0 };
                128.0 + here * ((i % SIDE) as f32 * 1.9).sin()
            };
            let light: Vec<f32> = (0..SIDE * SIDE).map(strokes).collect();
            let coring = Coring {
                usual: Some(5.0),
                ..CORING
            };
            measured_with(&light, coring).shares().values[8 * SIDE / 4 + 2]
        };

        let [soft, harsh, faintest] = [20.0, 40.0, 4.0].map(raised);

        assert!(
            soft > CORING.raise && harsh < CORING.raise,
            "{soft} {harsh}"
        );
        assert!((soft / harsh - 2.0).abs() < 0.1, "{soft} {harsh}");
        assert!((faintest - MOST).abs() < 0.01, "{faintest}");
    }

    #[test]
    fn an_even_picture_and_a_ramp_have_no_detail() {
        let even = measured(&vec![90.0; SIDE * SIDE]);
        let ramp: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % SIDE) as f32 * 2.0).collect();
        let ramp = measured(&ramp);

        assert!(even.detail().iter().all(|d| d.abs() < 1e-3));
        assert!(ramp.detail().iter().all(|d| d.abs() < 1e-3));
    }
}
