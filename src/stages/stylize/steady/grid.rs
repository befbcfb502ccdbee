//! [`Grid`]: one number a square patch of a crop, read smoothly between them.

/// Side of a patch in pixels.
pub(super) const PATCH: usize = 4;

/// One number a patch, row by row.
#[derive(Debug, Default)]
pub(super) struct Grid {
    columns: usize,
    pub(super) values: Vec<f32>,
    scratch: Vec<f32>,
}

impl Grid {
    /// Becomes the grid of a crop of `width` and `height` pixels, all zeros.
    pub(super) fn clear(&mut self, width: usize, height: usize) {
        self.columns = width.div_ceil(PATCH);
        self.values.clear();
        self.values
            .resize(self.columns * height.div_ceil(PATCH), 0.0);
    }

    /// Takes the mean of `plane`, rows of `width`, in each patch.
    pub(super) fn take_means(&mut self, plane: &[f32], width: usize) {
        self.take_means_of(plane, width, |value| value);
    }

    /// Takes the mean of what `of` makes of `plane`, rows of `width`, in each patch. A patch that sticks
    /// out counts as a whole one of what is inside.
    pub(super) fn take_means_of(
        &mut self,
        plane: &[f32],
        width: usize,
        of: impl Fn(f32) -> f32 + Copy,
    ) {
        let height = plane.len() / width;
        self.clear(width, height);
        for (y, row) in plane.chunks_exact(width).enumerate() {
            let sums = self.patches_at(y).iter_mut();
            for (sum, values) in sums.zip(row.chunks(PATCH)) {
                *sum += values.iter().copied().map(of).sum::<f32>();
            }
        }
        let inside = |at: usize, length: usize| (length - at * PATCH).min(PATCH);
        let columns = self.columns;
        for (at, value) in self.values.iter_mut().enumerate() {
            let pixels = inside(at % columns, width) * inside(at / columns, height);
            *value /= pixels as f32;
        }
    }

    /// Takes from each number the mean of those up to `radius` patches away, twice averaged over squares.
    pub(super) fn take_away_means(&mut self, radius: usize, scratch: &mut Vec<f32>) {
        let (columns, rows) = (self.columns, self.values.len() / self.columns);
        scratch.clone_from(&self.values);
        self.scratch.resize(self.values.len(), 0.0);
        for _ in 0..2 {
            for row in 0..rows {
                let line = row * columns;
                let from = |at: usize| scratch[line + at];
                average(columns, radius, from, |at, mean| {
                    self.scratch[line + at] = mean;
                });
            }
            for column in 0..columns {
                let from = |at: usize| self.scratch[at * columns + column];
                average(rows, radius, from, |at, mean| {
                    scratch[at * columns + column] = mean;
                });
            }
        }
        for (value, mean) in self.values.iter_mut().zip(scratch) {
            *value -= *mean;
        }
    }

    /// Patches a row.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The patches that pixel row `y` runs through.
    pub(super) fn patches_at(&mut self, y: usize) -> &mut [f32] {
        &mut self.values[y / PATCH * self.columns..][..self.columns]
    }

    /// Means over 3×3 patches (1-2-1).
    pub(super) fn soften(&mut self) {
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

    /// Fills `line` with the numbers at the `width` pixels of row `y`.
    pub(super) fn pixels(&self, y: usize, width: usize, line: &mut Vec<f32>) {
        /// How far the pixels of a patch are from its middle, in patches.
        const AWAY: [f32; PATCH] = [-0.375, -0.125, 0.125, 0.375];
        let rows = self.values.len() / self.columns;
        let (upper, lower, part) = neighbours(y, rows);
        let row = |at: usize| &self.values[at * self.columns..][..self.columns];
        let (upper, lower, last) = (row(upper), row(lower), self.columns - 1);
        let at = |column: usize| upper[column] + (lower[column] - upper[column]) * part;
        line.resize(self.columns * PATCH, 0.0);
        let [mut before, mut here] = [at(0); 2];
        for (column, pixels) in line.as_chunks_mut::<PATCH>().0.iter_mut().enumerate() {
            let after = at((column + 1).min(last));
            *pixels = AWAY.map(|away| {
                let to = if away < 0.0 { before } else { after };
                here + (to - here) * away.abs()
            });
            (before, here) = (here, after);
        }
        line.truncate(width);
    }
}

/// Means of `count` numbers over windows of `radius` on both sides; the outermost go on outside.
fn average(
    count: usize,
    radius: usize,
    from: impl Fn(usize) -> f32,
    mut to: impl FnMut(usize, f32),
) {
    let inside = |at: isize| from(at.clamp(0, count.cast_signed() - 1).cast_unsigned());
    let reach = radius.cast_signed();
    let mut sum: f32 = (-reach..=reach).map(inside).sum();
    for at in 0..count {
        to(at, sum / (2 * radius + 1) as f32);
        let at = at.cast_signed();
        sum += inside(at + reach + 1) - inside(at - reach);
    }
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
    fn pixels_between_patches_are_between_their_numbers() {
        let mut grid = Grid::default();
        let ramp: Vec<f32> = (0..20 * 12).map(|i| (i % 20) as f32).collect();
        grid.take_means(&ramp, 20);

        let mut line = Vec::new();
        grid.pixels(5, 19, &mut line);

        assert_eq!(line.len(), 19);
        // The outermost patches go on outside.
        for (x, value) in line.iter().enumerate() {
            let wanted = (x as f32).clamp(1.5, 17.5);
            assert!((value - wanted).abs() < 1e-4, "{x}: {value}");
        }
    }

    #[test]
    fn a_patch_that_sticks_out_has_the_mean_of_what_is_inside() {
        let mut grid = Grid::default();

        grid.take_means(&[7.0; 6 * 5], 6);

        assert_eq!(grid.values, [7.0; 4]);
    }

    #[test]
    fn without_the_means_an_even_picture_is_nothing() {
        let (mut grid, mut scratch) = (Grid::default(), Vec::new());
        grid.take_means(&[7.0; 40 * 8], 40);

        grid.take_away_means(3, &mut scratch);

        assert!(grid.values.iter().all(|value| value.abs() < 1e-4));
    }
}
