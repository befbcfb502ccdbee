//! [`Pyramid`]: a brightness pyramid of a crop, for coarse-to-fine motion estimation.

use crate::domain::frame::{Picture, Size};
use crate::stages::stylize::window::Window;

/// Number of levels including the full size; the coarsest has an eighth of it.
pub(super) const LEVELS: usize = 4;

/// Brightness, `[0, 255]`, row-major.
#[derive(Debug, Clone, Default)]
pub struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    /// Returns the values per row.
    #[inline]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    #[inline]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns all values, row-major.
    #[inline]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.values.resize(width * height, 0.0);
    }

    /// Returns one row.
    #[inline]
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// Returns the bilinear value at a position; edge values extend outside. Coordinates are relative to
    /// the centre of the first pixel.
    #[inline]
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(self.width - 1);
        let below = (top + 1).min(self.height - 1) * self.width;
        let above = top * self.width;
        let upper = self.values[above + left] * (1.0 - fx) + self.values[above + right] * fx;
        let lower = self.values[below + left] * (1.0 - fx) + self.values[below + right] * fx;
        upper * (1.0 - fy) + lower * fy
    }

    /// Replaces the values by the means of 2×2 pixels of `fine`.
    fn halve(&mut self, fine: &Self) {
        self.resize((fine.width / 2).max(1), (fine.height / 2).max(1));
        let below = fine.width * usize::from(fine.height > 1);
        for (y, row) in self.values.chunks_exact_mut(self.width).enumerate() {
            let from = &fine.values[2 * y * fine.width..];
            let (upper, lower) = (&from[..fine.width], &from[below..][..fine.width]);
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            for (value, (a, b)) in row.iter_mut().zip(pairs) {
                *value = 0.25 * (a[0] + a[1] + b[0] + b[1]);
            }
        }
    }
}

/// The brightness of one crop at full, half, quarter and eighth size.
#[derive(Debug, Clone, Default)]
pub struct Pyramid {
    levels: [Plane; LEVELS],
}

impl Pyramid {
    /// Loads the brightness of `picture`, smoothed by a 1-2-1 kernel that removes most of the camera's
    /// noise. `scratch` is a scratch buffer.
    pub fn load(&mut self, picture: &Picture, scratch: &mut Vec<f32>) {
        let Size { width, height } = picture.size();
        let (width, height) = (width as usize, height as usize);
        let [full, ..] = &mut self.levels;
        full.resize(width, height);
        if width == 0 || height == 0 {
            return;
        }
        scratch.resize(width * height, 0.0);
        let rows = picture.rgba().chunks_exact(width * 4);
        let mut line = vec![0.0; width];
        for (rgba, out) in rows.zip(scratch.chunks_exact_mut(width)) {
            for (value, [r, g, b, _]) in line.iter_mut().zip(rgba.as_chunks::<4>().0) {
                // Rec. 601 luma of encoded values approximates perceived brightness.
                *value = 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
            }
            soften_row(&line, out);
        }
        for (y, out) in full.values.chunks_exact_mut(width).enumerate() {
            let row = |y: usize| &scratch[y * width..][..width];
            let (above, here) = (row(y.saturating_sub(1)), row(y));
            let below = row((y + 1).min(height - 1));
            for (((value, a), b), c) in out.iter_mut().zip(above).zip(here).zip(below) {
                *value = 0.25 * (a + c) + 0.5 * b;
            }
        }
        self.coarsen();
    }

    /// Rearranges the brightness from window `from` to window `to`; edge values extend outside.
    pub fn relay(&mut self, from: Window, to: Window) {
        let [full, ..] = &mut self.levels;
        full.values = from.relaid(&full.values, to, 1, None);
        let Size { width, height } = to.size();
        (full.width, full.height) = (width as usize, height as usize);
        self.coarsen();
    }

    /// Recomputes the coarser levels from the full size.
    fn coarsen(&mut self) {
        let [full, coarser @ ..] = &mut self.levels;
        let mut fine = full;
        for level in coarser {
            level.halve(fine);
            fine = level;
        }
    }

    /// Returns the planes from the full size to the coarsest.
    pub(super) fn levels(&self) -> &[Plane; LEVELS] {
        &self.levels
    }

    /// Returns the smoothed brightness at full size.
    pub fn full(&self) -> &Plane {
        &self.levels[0]
    }
}

fn soften_row(line: &[f32], out: &mut [f32]) {
    let last = line.len() - 1;
    out[0] = 0.75 * line[0] + 0.25 * line[1.min(last)];
    out[last] = 0.75 * line[last] + 0.25 * line[last.saturating_sub(1)];
    for (value, window) in out.iter_mut().skip(1).zip(line.windows(3)) {
        *value = 0.25 * (window[0] + window[2]) + 0.5 * window[1];
    }
}
