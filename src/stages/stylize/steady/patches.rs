//! [`Patches`]: where the photo is as it was, and how much of the picture before is kept there.

use crate::stages::stylize::steady::carry::Pixel;

/// Squares of this many pixels are judged as one.
const PATCH: usize = 4;

/// Mean changes of the photo's brightness in a patch, of 255, beyond the camera's noise: up to the
/// first it did not change, from the second on it did.
const SAME: f32 = 2.5;
const CHANGED: f32 = 8.0;

/// Noise above this, of 255, is taken for change.
const MOST_NOISE: f32 = 3.0;

/// Where less than this share of the patches is as it was, everything is new: a cut.
const CUT: f32 = 0.1;

/// One number a patch, row by row.
#[derive(Debug, Default)]
pub(super) struct Patches {
    columns: usize,
    /// First the mean change of the photo, then the share that is kept.
    values: Vec<f32>,
    scratch: Vec<f32>,
}

impl Patches {
    /// Takes the mean change of the photo in each patch, between the brightness in `carried` and
    /// `light`, both in rows of `width`.
    pub(super) fn compare(&mut self, carried: &[Pixel], light: &[f32], width: usize) {
        let columns = width.div_ceil(PATCH);
        let height = carried.len() / width;
        self.columns = columns;
        self.values.clear();
        self.values.resize(columns * height.div_ceil(PATCH), 0.0);
        let rows = carried.chunks_exact(width).zip(light.chunks_exact(width));
        for (y, (carried, light)) in rows.enumerate() {
            let sums = &mut self.values[y / PATCH * columns..][..columns];
            let spans = carried.chunks(PATCH).zip(light.chunks(PATCH));
            for (sum, (carried, light)) in sums.iter_mut().zip(spans) {
                for (pixel, light) in carried.iter().zip(light) {
                    *sum += (pixel[3] - light).abs();
                }
            }
        }
        for change in &mut self.values {
            *change /= (PATCH * PATCH) as f32;
        }
    }

    /// Turns the changes into shares of the picture before, up to `most`; says whether there is
    /// enough that stayed.
    pub(super) fn judge(&mut self, most: f32) -> bool {
        self.soften();
        let noise = self.noise();
        let mut same = 0.0;
        for value in &mut self.values {
            let change = ((*value - noise - SAME) / (CHANGED - SAME)).clamp(0.0, 1.0);
            let stayed = 1.0 - change * change * (3.0 - 2.0 * change);
            same += stayed;
            *value = most * stayed;
        }
        same >= CUT * self.values.len() as f32
    }

    /// The camera's noise: what even the quieter quarter of the patches changes by.
    fn noise(&mut self) -> f32 {
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.values);
        let at = self.scratch.len() / 4;
        let (_, quiet, _) = self.scratch.select_nth_unstable_by(at, f32::total_cmp);
        quiet.clamp(0.0, MOST_NOISE)
    }

    /// Means over 3×3 patches (1-2-1).
    fn soften(&mut self) {
        let (columns, last) = (self.columns, self.columns - 1);
        self.scratch.clear();
        for row in self.values.chunks_exact(columns) {
            let beside = |x: usize| row[x.saturating_sub(1)] + row[(x + 1).min(last)];
            let soft = (0..columns).map(|x| 0.5 * row[x] + 0.25 * beside(x));
            self.scratch.extend(soft);
        }
        let rows = self.values.len() / columns;
        for (y, row) in self.values.chunks_exact_mut(columns).enumerate() {
            let from = |y: usize| &self.scratch[y * columns..][..columns];
            let (above, here) = (from(y.saturating_sub(1)), from(y));
            let below = from((y + 1).min(rows - 1));
            for (((value, a), b), c) in row.iter_mut().zip(above).zip(here).zip(below) {
                *value = 0.25 * (a + c) + 0.5 * b;
            }
        }
    }

    /// Fills `line` with the shares at the height of pixel row `y`, one a column of patches.
    pub(super) fn row(&self, y: usize, line: &mut Vec<f32>) {
        let rows = self.values.len() / self.columns;
        let (upper, lower, part) = neighbours(y, rows);
        let row = |at: usize| &self.values[at * self.columns..][..self.columns];
        line.clear();
        let pairs = row(upper).iter().zip(row(lower));
        line.extend(pairs.map(|(a, b)| a + (b - a) * part));
    }
}

/// The share at pixel column `x` of a row of [`Patches::row`].
#[inline]
pub(super) fn share_at(line: &[f32], x: usize) -> f32 {
    let (left, right, part) = neighbours(x, line.len());
    line[left] + (line[right] - line[left]) * part
}

/// The two patches around a pixel, of `count`, and how far it is on the way to the second.
#[inline]
fn neighbours(pixel: usize, count: usize) -> (usize, usize, f32) {
    // Twice the distance from the first patch's middle, in pixels.
    let from_first = (2 * pixel + 1).saturating_sub(PATCH);
    let first = (from_first / (2 * PATCH)).min(count - 1);
    let part = (from_first % (2 * PATCH)) as f32 / (2 * PATCH) as f32;
    (first, (first + 1).min(count - 1), part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_one_place_is_new_there_and_kept_elsewhere() {
        let (before, mut light) = (vec![[0.0, 0.0, 0.0, 50.0]; 64 * 64], vec![50.0; 64 * 64]);
        for y in 8..16 {
            light[y * 64 + 8..y * 64 + 16].fill(200.0);
        }
        let mut patches = Patches::default();

        patches.compare(&before, &light, 64);
        assert!(patches.judge(0.9));

        let mut line = Vec::new();
        patches.row(12, &mut line);
        assert_eq!((share_at(&line, 12), share_at(&line, 50)), (0.0, 0.9));
    }

    #[test]
    fn a_change_everywhere_is_a_cut() {
        let before = vec![[0.0, 0.0, 0.0, 50.0]; 32 * 32];
        let mut patches = Patches::default();

        patches.compare(&before, &vec![90.0; 32 * 32], 32);

        assert!(!patches.judge(0.9));
    }
}
