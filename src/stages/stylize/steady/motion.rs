//! [`Field`]: how far the content of a crop moved since the crop before, on a coarse grid.
//!
//! A least-squares search from coarse to fine (Lucas and Kanade, 1981) on brightness. Each cell's
//! equations are shared with its neighbours, and a cell without structure keeps what the coarser
//! level said, so that flat skin moves with the head and not with the camera's noise.

use crate::domain::frame::{Picture, Size};

/// Cells are squares of this many pixels of their level.
const CELL: usize = 8;

/// Levels, the full size included; the coarsest is an eighth.
const LEVELS: usize = 4;

/// Finest level that is searched; full size would cost more and move less than a tenth of a pixel.
const FINEST: usize = 1;

/// Pixels of the full size between two nodes of a [`Field`].
pub(super) const PITCH: usize = CELL << FINEST;

/// Turns of the search on each level.
const TURNS: usize = 2;

/// How strongly a cell holds on to the coarser level's answer: the squared steepness, summed over
/// a cell, at which its own equations weigh as much.
const HOLD: f32 = 64.0 * 6.0;

/// Farthest step of one turn, pixels of the level.
const STEP: f32 = 2.0;

/// A displacement in pixels of the full size: right, down.
pub(super) type Shift = [f32; 2];

/// Brightness, `[0, 255]`, row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    /// All values, row by row.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.values.resize(width * height, 0.0);
    }

    fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// The value between four pixels; the edge goes on outside. Positions count from the middle of
    /// the first pixel.
    #[inline]
    fn at(&self, x: f32, y: f32) -> f32 {
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

    /// Takes the means of 2×2 pixels of `fine`.
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

/// The brightness of one crop at full size, a half, a quarter and an eighth.
#[derive(Debug, Clone, Default)]
pub(super) struct Pyramid {
    levels: [Plane; LEVELS],
}

impl Pyramid {
    /// Takes over the brightness of `picture`, made a little soft (1-2-1), which takes most of a
    /// camera's noise away. `scratch` is used on the way.
    pub(super) fn load(&mut self, picture: &Picture, scratch: &mut Vec<f32>) {
        let Size { width, height } = picture.size();
        let (width, height) = (width as usize, height as usize);
        let [full, coarser @ ..] = &mut self.levels;
        full.resize(width, height);
        if width == 0 || height == 0 {
            return;
        }
        scratch.resize(width * height, 0.0);
        let rows = picture.rgba().chunks_exact(width * 4);
        let mut line = vec![0.0; width];
        for (rgba, out) in rows.zip(scratch.chunks_exact_mut(width)) {
            for (value, [r, g, b, _]) in line.iter_mut().zip(rgba.as_chunks::<4>().0) {
                // Rec. 601 on encoded values: what the eye takes for brightness, near enough.
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
        let mut fine = full;
        for level in coarser {
            level.halve(fine);
            fine = level;
        }
    }

    /// The softened brightness at full size.
    pub(super) fn full(&self) -> &Plane {
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

/// Shifts on a grid: what stands at `p` in this crop stood at `p + shift` in the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    columns: usize,
    rows: usize,
    shifts: Vec<Shift>,
}

/// One cell's sums: squared steepness (xx, xy, yy), and its product with the shift that it asks for.
type Sums = [f32; 5];

impl Field {
    /// Searches the shifts from `now` to `before`, beginning with the better of no shift and
    /// `guess` (of a place in full-size pixels) in each coarse cell.
    pub(super) fn search(
        &mut self,
        now: &Pyramid,
        before: &Pyramid,
        guess: impl Fn(f32, f32) -> Shift,
    ) {
        let coarsest = LEVELS - 1;
        self.start(&now.levels[coarsest], &before.levels[coarsest], guess);
        for level in (FINEST..LEVELS).rev() {
            if level < coarsest {
                self.refine(&now.levels[level]);
            }
            self.improve(&now.levels[level], &before.levels[level], level);
        }
    }

    /// The shift at a place in full-size pixels; only after a search.
    pub(super) fn at(&self, x: f32, y: f32) -> Shift {
        self.between(x / PITCH as f32 - 0.5, y / PITCH as f32 - 0.5)
    }

    /// The shift between nodes; the edge goes on outside.
    fn between(&self, u: f32, v: f32) -> Shift {
        let u = u.clamp(0.0, (self.columns - 1) as f32);
        let v = v.clamp(0.0, (self.rows - 1) as f32);
        let (left, top) = (u as usize, v as usize);
        let right = (left + 1).min(self.columns - 1);
        let below = (top + 1).min(self.rows - 1);
        let (fu, fv) = (u - left as f32, v - top as f32);
        let node = |x: usize, y: usize| self.shifts[y * self.columns + x];
        let (a, b) = (node(left, top), node(right, top));
        let (c, d) = (node(left, below), node(right, below));
        std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * fu;
            let lower = c[i] + (d[i] - c[i]) * fu;
            upper + (lower - upper) * fv
        })
    }

    /// Chooses the first shifts on the coarsest level.
    fn start(&mut self, now: &Plane, before: &Plane, guess: impl Fn(f32, f32) -> Shift) {
        /// Farther than this, full-size pixels, nothing is looked for.
        const FAR: f32 = 64.0;
        let scale = (1 << (LEVELS - 1)) as f32;
        self.columns = now.width.div_ceil(CELL).max(1);
        self.rows = now.height.div_ceil(CELL).max(1);
        self.shifts.clear();
        for cell in 0..self.columns * self.rows {
            let (x, y) = (cell % self.columns * CELL, cell / self.columns * CELL);
            let half = CELL as f32 / 2.0;
            let guess = guess((x as f32 + half) * scale, (y as f32 + half) * scale)
                .map(|length| length.clamp(-FAR, FAR) / scale);
            let error = |shift: Shift| -> f32 {
                let mut sum = 0.0;
                for y in y..(y + CELL).min(now.height) {
                    for (x, value) in now.row(y).iter().enumerate().skip(x).take(CELL) {
                        sum += (before.at(x as f32 + shift[0], y as f32 + shift[1]) - value).abs();
                    }
                }
                sum
            };
            let better =
                guess[0].is_finite() && guess[1].is_finite() && { error(guess) < error([0.0; 2]) };
            let first = if better { guess } else { [0.0; 2] };
            self.shifts.push(first.map(|length| length * scale));
        }
    }

    /// Passes on to the grid of the next finer level, `now`.
    fn refine(&mut self, now: &Plane) {
        let (columns, rows) = (now.width.div_ceil(CELL), now.height.div_ceil(CELL));
        let place = |i: usize| 0.5 * i as f32 - 0.25;
        let finer = (0..columns * rows)
            .map(|cell| self.between(place(cell % columns), place(cell / columns)))
            .collect();
        (self.columns, self.rows, self.shifts) = (columns, rows, finer);
    }

    /// Moves each shift to where the crops agree best nearby.
    fn improve(&mut self, now: &Plane, before: &Plane, level: usize) {
        let scale = (1 << level) as f32;
        let held = self.shifts.clone();
        for _ in 0..TURNS {
            let sums: Vec<Sums> = (0..self.shifts.len())
                .map(|cell| self.sums(now, before, cell, scale))
                .collect();
            for (cell, held) in held.iter().enumerate() {
                let [xx, xy, yy, bx, by] = self.shared(&sums, cell);
                let [hx, hy] = held.map(|length| length / scale);
                let (xx, yy) = (xx + HOLD, yy + HOLD);
                let (bx, by) = (bx + HOLD * hx, by + HOLD * hy);
                let det = xx * yy - xy * xy;
                let wished = [(bx * yy - by * xy) / det, (by * xx - bx * xy) / det];
                for (shift, wished) in self.shifts[cell].iter_mut().zip(wished) {
                    let step = wished - *shift / scale;
                    if step.is_finite() {
                        *shift += step.clamp(-STEP, STEP) * scale;
                    }
                }
            }
        }
    }

    /// The sums of one cell at its present shift.
    fn sums(&self, now: &Plane, before: &Plane, cell: usize, scale: f32) -> Sums {
        let (left, top) = (cell % self.columns * CELL, cell / self.columns * CELL);
        let [dx, dy] = self.shifts[cell].map(|length| length / scale);
        let right = (left + CELL).min(now.width);
        let bottom = (top + CELL).min(now.height);
        let [mut xx, mut xy, mut yy, mut bx, mut by] = [0.0; 5];
        for y in top..bottom {
            let (above, here) = (now.row(y.saturating_sub(1)), now.row(y));
            let below = now.row((y + 1).min(now.height - 1));
            for x in left..right {
                let gx = 0.5 * (here[(x + 1).min(now.width - 1)] - here[x.saturating_sub(1)]);
                let gy = 0.5 * (below[x] - above[x]);
                let change = before.at(x as f32 + dx, y as f32 + dy) - here[x];
                xx += gx * gx;
                xy += gx * gy;
                yy += gy * gy;
                bx -= gx * change;
                by -= gy * change;
            }
        }
        [xx, xy, yy, bx + xx * dx + xy * dy, by + xy * dx + yy * dy]
    }

    /// A cell's sums together with its neighbours' (1-2-1).
    fn shared(&self, sums: &[Sums], cell: usize) -> Sums {
        let (column, row) = (cell % self.columns, cell / self.columns);
        let mut all = [0.0; 5];
        for (y, down) in [(row.wrapping_sub(1), 0.5), (row, 1.0), (row + 1, 0.5)] {
            for (x, along) in [
                (column.wrapping_sub(1), 0.5),
                (column, 1.0),
                (column + 1, 0.5),
            ] {
                if x < self.columns && y < self.rows {
                    for (sum, part) in all.iter_mut().zip(sums[y * self.columns + x]) {
                        *sum += part * down * along;
                    }
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Soft blobs, moved by `(dx, dy)`.
    fn blobs(dx: f32, dy: f32) -> Picture {
        let value = |x: f32, y: f32| 128.0 + 60.0 * (x * 0.13).sin() + 50.0 * (y * 0.17).cos();
        let rgba = (0..128 * 128)
            .flat_map(|i| {
                let v = value((i % 128) as f32 - dx, (i / 128) as f32 - dy) as u8;
                [v, v, v, 255]
            })
            .collect();
        Picture::from_rgba(Size::new(128, 128), rgba).unwrap()
    }

    fn pyramid(picture: &Picture) -> Pyramid {
        let mut pyramid = Pyramid::default();
        pyramid.load(picture, &mut Vec::new());
        pyramid
    }

    #[test]
    fn a_moved_picture_is_found_where_it_was() {
        for (dx, dy) in [(0.0, 0.0), (1.5, -0.7), (-6.0, 4.0)] {
            let (now, before) = (pyramid(&blobs(dx, dy)), pyramid(&blobs(0.0, 0.0)));
            let mut field = Field::default();

            field.search(&now, &before, |_, _| [0.0; 2]);

            let [x, y] = field.at(64.0, 64.0);
            assert!(
                (x + dx).abs() < 0.15 && (y + dy).abs() < 0.15,
                "{dx} {dy}: {x} {y}"
            );
        }
    }

    #[test]
    fn flat_pictures_do_not_move() {
        let flat = pyramid(&Picture::filled(Size::new(64, 48), [90, 90, 90, 255]));
        let mut field = Field::default();

        field.search(&flat, &flat, |_, _| [f32::NAN, 3.0]);

        assert_eq!(field.at(20.0, 20.0), [0.0; 2]);
    }
}
