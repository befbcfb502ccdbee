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

    /// Fills `line` with the numbers at the height of pixel row `y`, one a column of patches.
    pub(super) fn row(&self, y: usize, line: &mut Vec<f32>) {
        let rows = self.values.len() / self.columns;
        let (upper, lower, part) = neighbours(y, rows);
        let row = |at: usize| &self.values[at * self.columns..][..self.columns];
        line.clear();
        let pairs = row(upper).iter().zip(row(lower));
        line.extend(pairs.map(|(a, b)| a + (b - a) * part));
    }
}

/// The number at pixel column `x` of a row of [`Grid::row`].
#[inline]
pub(super) fn number_at(line: &[f32], x: usize) -> f32 {
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
