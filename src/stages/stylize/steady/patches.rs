//! [`Patches`]: where the photo is as it was, and what is held still shows what it should.

use crate::stages::stylize::steady::grid::{Grid, PATCH};
use crate::stages::stylize::steady::sample::{Pixel, grey};
use crate::stages::stylize::steady::visible::Visible;

/// Mean changes of brightness in a patch, of 255, of a photo beyond the camera's noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Up to this much it is as it was.
    pub(super) same: f32,
    /// From this much on it is another.
    pub(super) changed: f32,
}

impl Limits {
    /// From 1, as it was, to 0, another.
    fn unchanged(self, change: f32) -> f32 {
        let part = ((change - self.same) / (self.changed - self.same)).clamp(0.0, 1.0);
        1.0 - part * part * (3.0 - 2.0 * part)
    }
}

/// How far a held styled picture may be from the fresh one, in its brightness over about three patches.
const ASTRAY: Limits = Limits {
    same: 8.0,
    changed: 24.0,
};

/// Noise above this, of 255, is taken for change.
const MOST_NOISE: f32 = 3.0;

/// Where less than this share of the patches is as it was, everything is new: a cut.
const CUT: f32 = 0.1;

/// How far each patch is as it was, from 0 to 1.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// First the mean change of the photo, then the share.
    grid: Grid,
    scratch: Vec<f32>,
    /// How far the held styled picture is from the fresh one.
    apart: Grid,
}

impl Patches {
    /// Takes the mean change of the photo in each patch, between the brightness in `before` and
    /// `light`, both in rows of `width`.
    pub(super) fn compare(&mut self, before: &[Pixel], light: &[f32], width: usize) {
        self.grid.clear(width, before.len() / width);
        let rows = before.chunks_exact(width).zip(light.chunks_exact(width));
        for (y, (before, light)) in rows.enumerate() {
            let sums = self.grid.patches_at(y);
            let spans = before.chunks(PATCH).zip(light.chunks(PATCH));
            for (sum, (before, light)) in sums.iter_mut().zip(spans) {
                for (pixel, light) in before.iter().zip(light) {
                    *sum += (pixel[3] - light).abs();
                }
            }
        }
        for change in &mut self.grid.values {
            *change /= (PATCH * PATCH) as f32;
        }
    }

    /// Turns the changes into shares, by the limits that hold at a patch's middle (pixels), none where
    /// nothing is `visible`; says whether there is enough that stayed.
    pub(super) fn judge(&mut self, visible: &Visible, limits: impl Fn([f32; 2]) -> Limits) -> bool {
        self.grid.soften();
        let columns = self.grid.columns();
        let shown = |i: usize| visible.at(i % columns * PATCH, i / columns * PATCH);
        let noise = self.noise(shown);
        let (mut all, mut count) = (0.0, 0);
        let middle = |i: usize| (i * PATCH) as f32 + PATCH as f32 / 2.0;
        for (i, value) in self.grid.values.iter_mut().enumerate() {
            if !shown(i) {
                *value = 0.0;
                continue;
            }
            let limits = limits([middle(i % columns), middle(i / columns)]);
            *value = limits.unchanged(*value - noise);
            (all, count) = (all + *value, count + 1);
        }
        all >= CUT * count as f32
    }

    /// The camera's noise: what even the quieter quarter of the patches changes by.
    fn noise(&mut self, shown: impl Fn(usize) -> bool) -> f32 {
        let patches = self.grid.values.iter().enumerate();
        let patches = patches.filter(|(i, _)| shown(*i)).map(|(_, change)| change);
        self.scratch.clear();
        self.scratch.extend(patches);
        if self.scratch.is_empty() {
            return 0.0;
        }
        let at = self.scratch.len() / 4;
        let (_, quiet, _) = self.scratch.select_nth_unstable_by(at, f32::total_cmp);
        quiet.clamp(0.0, MOST_NOISE)
    }

    /// Lowers the shares where `held` shows something else in the large than `fresh`, both styled and in
    /// rows of `width`: a jaw's line that was carried astray. Strokes made anew even out over a patch.
    pub(super) fn doubt(&mut self, held: &[Pixel], fresh: &[Pixel], width: usize) {
        self.apart.clear(width, held.len() / width);
        let rows = held.chunks_exact(width).zip(fresh.chunks_exact(width));
        for (y, (held, fresh)) in rows.enumerate() {
            let sums = self.apart.patches_at(y);
            let spans = held.chunks(PATCH).zip(fresh.chunks(PATCH));
            for (sum, (held, fresh)) in sums.iter_mut().zip(spans) {
                let mut apart: Pixel = [0.0; 4];
                for (held, fresh) in held.iter().zip(fresh) {
                    for i in 0..4 {
                        apart[i] += held[i] - fresh[i];
                    }
                }
                *sum += grey(&apart);
            }
        }
        for apart in &mut self.apart.values {
            *apart /= (PATCH * PATCH) as f32;
        }
        self.apart.soften();
        for apart in &mut self.apart.values {
            *apart = apart.abs();
        }
        self.apart.soften();
        for (share, apart) in self.grid.values.iter_mut().zip(&self.apart.values) {
            *share *= ASTRAY.unchanged(*apart);
        }
    }

    /// The shares.
    pub(super) fn shares(&self) -> &Grid {
        &self.grid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};

    const LIMITS: Limits = Limits {
        same: 2.0,
        changed: 7.0,
    };

    fn all_of(side: u32) -> Visible {
        Visible::of(&Picture::filled(Size::new(side, side), [255; 4]))
    }

    #[test]
    fn a_change_in_one_place_is_new_there_and_kept_elsewhere() {
        let (before, mut light) = (vec![[0.0, 0.0, 0.0, 50.0]; 64 * 64], vec![50.0; 64 * 64]);
        for y in 8..16 {
            light[y * 64 + 8..y * 64 + 16].fill(200.0);
        }
        let mut patches = Patches::default();

        patches.compare(&before, &light, 64);
        assert!(patches.judge(&all_of(64), |_| LIMITS));

        let mut line = Vec::new();
        patches.shares().pixels(12, 64, &mut line);
        assert_eq!((line[12], line[50]), (0.0, 1.0));
    }

    #[test]
    fn a_line_that_was_carried_astray_is_not_held_and_fine_strokes_are() {
        const SIDE: usize = 64;
        // A dark line five pixels wide over strokes that are made anew.
        let styled = |line: usize, seed: usize| -> Vec<Pixel> {
            let pixels = (0..SIDE * SIDE).map(|i| {
                let stroke = if (i * 7 + i / SIDE * 3 + seed).is_multiple_of(2) {
                    30.0
                } else {
                    -30.0
                };
                let on_it = (line..line + 5).contains(&(i % SIDE));
                let value = if on_it { 40.0 } else { 150.0 + stroke };
                [value, value, value, 50.0]
            });
            pixels.collect()
        };
        let (held, fresh) = (styled(12, 0), styled(20, 1));
        let mut patches = Patches::default();
        patches.compare(&held, &vec![50.0; SIDE * SIDE], SIDE);
        assert!(patches.judge(&all_of(64), |_| LIMITS));

        patches.doubt(&held, &fresh, SIDE);

        let mut line = Vec::new();
        patches.shares().pixels(32, SIDE, &mut line);
        assert!(line[14] < 0.1 && line[22] < 0.1, "{line:?}");
        assert!(line[50] > 0.95, "{line:?}");
    }

    #[test]
    fn a_change_everywhere_is_a_cut() {
        let before = vec![[0.0, 0.0, 0.0, 50.0]; 32 * 32];
        let mut patches = Patches::default();

        patches.compare(&before, &vec![90.0; 32 * 32], 32);

        assert!(!patches.judge(&all_of(32), |_| LIMITS));
    }
}
