//! [`Patches`]: where the photo is as it was, and how much of the picture before is kept there.

use crate::stages::stylize::steady::carry::Pixel;
use crate::stages::stylize::steady::grid::{Grid, PATCH};

/// Mean changes of the photo's brightness in a patch, of 255, beyond the camera's noise: up to the
/// first it did not change, from the second on it did.
const SAME: f32 = 2.0;
const CHANGED: f32 = 7.0;

/// Noise above this, of 255, is taken for change.
const MOST_NOISE: f32 = 3.0;

/// Where less than this share of the patches is as it was, everything is new: a cut.
const CUT: f32 = 0.1;

/// The share of the picture before that is kept, a patch.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// First the mean change of the photo, then the share.
    grid: Grid,
    scratch: Vec<f32>,
}

impl Patches {
    /// Takes the mean change of the photo in each patch, between the brightness in `carried` and
    /// `light`, both in rows of `width`.
    pub(super) fn compare(&mut self, carried: &[Pixel], light: &[f32], width: usize) {
        self.grid.clear(width, carried.len() / width);
        let rows = carried.chunks_exact(width).zip(light.chunks_exact(width));
        for (y, (carried, light)) in rows.enumerate() {
            let sums = self.grid.patches_at(y);
            let spans = carried.chunks(PATCH).zip(light.chunks(PATCH));
            for (sum, (carried, light)) in sums.iter_mut().zip(spans) {
                for (pixel, light) in carried.iter().zip(light) {
                    *sum += (pixel[3] - light).abs();
                }
            }
        }
        for change in &mut self.grid.values {
            *change /= (PATCH * PATCH) as f32;
        }
    }

    /// Turns the changes into shares of the picture before, up to what `most` says of a patch whose
    /// middle is at a place (pixels); says whether there is enough that stayed.
    pub(super) fn judge(&mut self, most: impl Fn(f32, f32) -> f32) -> bool {
        self.grid.soften();
        let noise = self.noise();
        let mut same = 0.0;
        let columns = self.grid.columns();
        let middle = |i: usize| (i * PATCH) as f32 + PATCH as f32 / 2.0;
        for (i, value) in self.grid.values.iter_mut().enumerate() {
            let change = ((*value - noise - SAME) / (CHANGED - SAME)).clamp(0.0, 1.0);
            let stayed = 1.0 - change * change * (3.0 - 2.0 * change);
            same += stayed;
            *value = most(middle(i % columns), middle(i / columns)) * stayed;
        }
        same >= CUT * self.grid.values.len() as f32
    }

    /// The camera's noise: what even the quieter quarter of the patches changes by.
    fn noise(&mut self) -> f32 {
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.grid.values);
        let at = self.scratch.len() / 4;
        let (_, quiet, _) = self.scratch.select_nth_unstable_by(at, f32::total_cmp);
        quiet.clamp(0.0, MOST_NOISE)
    }

    /// The shares.
    pub(super) fn shares(&self) -> &Grid {
        &self.grid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::stylize::steady::grid::number_at;

    #[test]
    fn a_change_in_one_place_is_new_there_and_kept_elsewhere() {
        let (before, mut light) = (vec![[0.0, 0.0, 0.0, 50.0]; 64 * 64], vec![50.0; 64 * 64]);
        for y in 8..16 {
            light[y * 64 + 8..y * 64 + 16].fill(200.0);
        }
        let mut patches = Patches::default();

        patches.compare(&before, &light, 64);
        assert!(patches.judge(|_, _| 0.9));

        let mut line = Vec::new();
        patches.shares().row(12, &mut line);
        assert_eq!((number_at(&line, 12), number_at(&line, 50)), (0.0, 0.9));
    }

    #[test]
    fn a_change_everywhere_is_a_cut() {
        let before = vec![[0.0, 0.0, 0.0, 50.0]; 32 * 32];
        let mut patches = Patches::default();

        patches.compare(&before, &vec![90.0; 32 * 32], 32);

        assert!(!patches.judge(|_, _| 0.9));
    }
}
