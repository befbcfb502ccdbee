//! [`Cells`]: displacements of square cells of a crop since the previous crop.
//!
//! The estimator is a coarse-to-fine least-squares search (Lucas and Kanade, 1981) on brightness. It
//! removes the mean change of each cell, and thus ignores a local change of illumination. Neighbouring
//! cells are coupled (after Bruhn, Weickert and Schnörr, IJCV 2005, who combined Lucas and Kanade's
//! equations with Horn and Schunck's): low-texture skin follows the head instead of the camera's noise.

use crate::stages::stylize::flow::brightness::{LEVELS, Plane, Pyramid};
use crate::stages::stylize::flow::mesh::{Mesh, Shift};

/// Side of a cell, pixels of its level; each cell has one node at its centre.
const CELL: usize = 8;

/// The finest level of the search: half the size.
const FINEST: usize = 1;

/// Iterations of the search on each level.
const TURNS: usize = 2;

/// Coupling of a cell to each of its four neighbours: the squared gradient, summed over a cell, at which
/// the cell's own equations weigh as much.
const TIE: f32 = 15.0;

/// Weight of the coarser level's result.
const HOLD: f32 = 1.0;

/// Gauss–Seidel sweeps per iteration.
const SWEEPS: usize = 8;

/// Largest step of one iteration, pixels of the level.
const STEP: f32 = 2.0;

/// Shifts of the cells in full-size pixels: content at `p` in this crop was at `p + shift` in the last.
#[derive(Debug, Default)]
pub(super) struct Cells {
    mesh: Mesh,
}

/// Per-cell values that are constant during the search of a level.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Sums of the horizontal and vertical gradient, and of its products (xx, xy, yy), mean removed.
    steep: [f32; 2],
    squares: [f32; 3],
    /// Inverse of the matrix of the products with all couplings (xx, xy, yy).
    inverse: [f32; 3],
    /// Number of pixels.
    count: f32,
}

impl Cells {
    /// Estimates the shifts from `now` to `before`. Each coarse cell starts with the better of no shift and
    /// `guess`, a function of a position in full-size pixels.
    pub(super) fn search(
        &mut self,
        now: &Pyramid,
        before: &Pyramid,
        guess: impl Fn(f32, f32) -> Shift,
    ) {
        let (now, before) = (now.levels(), before.levels());
        let coarsest = LEVELS - 1;
        self.start(&now[coarsest], &before[coarsest], guess);
        for level in (FINEST..LEVELS).rev() {
            if level < coarsest {
                self.refine(&now[level]);
            }
            self.improve(&now[level], &before[level], (1 << level) as f32);
        }
    }

    /// Returns the shift at a position in full-size pixels; valid only after a search.
    pub(super) fn at(&self, x: f32, y: f32) -> Shift {
        self.mesh.between(
            x / (CELL << FINEST) as f32 - 0.5,
            y / (CELL << FINEST) as f32 - 0.5,
        )
    }

    /// Selects the initial shifts on the coarsest level.
    fn start(&mut self, now: &Plane, before: &Plane, guess: impl Fn(f32, f32) -> Shift) {
        /// Largest initial shift, full-size pixels.
        const FAR: f32 = 64.0;
        let scale = (1 << (LEVELS - 1)) as f32;
        self.mesh.lay_out(now.width(), now.height(), CELL);
        let columns = self.mesh.columns;
        for (cell, chosen) in self.mesh.shifts.iter_mut().enumerate() {
            let (x, y) = (cell % columns * CELL, cell / columns * CELL);
            let half = CELL as f32 / 2.0;
            let guess = guess((x as f32 + half) * scale, (y as f32 + half) * scale)
                .map(|length| length.clamp(-FAR, FAR) / scale);
            let error = |shift: Shift| -> f32 {
                let mut sum = 0.0;
                for y in y..(y + CELL).min(now.height()) {
                    for (x, value) in now.row(y).iter().enumerate().skip(x).take(CELL) {
                        sum += (before.at(x as f32 + shift[0], y as f32 + shift[1]) - value).abs();
                    }
                }
                sum
            };
            let better =
                guess[0].is_finite() && guess[1].is_finite() && { error(guess) < error([0.0; 2]) };
            let first = if better { guess } else { [0.0; 2] };
            *chosen = first.map(|length| length * scale);
        }
    }

    /// Interpolates the shifts to the grid of the next finer level, `now`.
    fn refine(&mut self, now: &Plane) {
        let mut finer = Mesh::default();
        finer.lay_out(now.width(), now.height(), CELL);
        let place = |i: usize| 0.5 * i as f32 - 0.25;
        let columns = finer.columns;
        for (cell, shift) in finer.shifts.iter_mut().enumerate() {
            *shift = self
                .mesh
                .between(place(cell % columns), place(cell / columns));
        }
        self.mesh = finer;
    }

    /// Refines each shift by least squares; a pixel of this level is `scale` full-size pixels.
    fn improve(&mut self, now: &Plane, before: &Plane, scale: f32) {
        let mut shifts: Vec<Shift> = self
            .mesh
            .shifts
            .iter()
            .map(|s| s.map(|l| l / scale))
            .collect();
        let held = shifts.clone();
        let cells: Vec<Cell> = (0..shifts.len()).map(|cell| self.cell(now, cell)).collect();
        let mut wishes = Vec::with_capacity(shifts.len());
        for _ in 0..TURNS {
            wishes.clear();
            for (at, (cell, &[dx, dy])) in cells.iter().zip(&shifts).enumerate() {
                let [bx, by] = self.pull(now, before, at, [dx, dy], cell);
                let [xx, xy, yy] = cell.squares;
                wishes.push([
                    bx + xx * dx + xy * dy + HOLD * held[at][0],
                    by + xy * dx + yy * dy + HOLD * held[at][1],
                ]);
            }
            let mut agreed = shifts.clone();
            for _ in 0..SWEEPS {
                self.agree(&cells, &wishes, &mut agreed);
            }
            for (shift, agreed) in shifts.iter_mut().zip(&agreed) {
                for (shift, agreed) in shift.iter_mut().zip(agreed) {
                    let step = agreed - *shift;
                    if step.is_finite() {
                        *shift += step.clamp(-STEP, STEP);
                    }
                }
            }
        }
        for (shift, found) in self.mesh.shifts.iter_mut().zip(shifts) {
            *shift = found.map(|length| length * scale);
        }
    }

    /// One Gauss–Seidel sweep: each cell combines its own estimate with its neighbours' shifts.
    fn agree(&self, cells: &[Cell], wishes: &[Shift], shifts: &mut [Shift]) {
        let (columns, last_row) = (self.mesh.columns, self.mesh.rows - 1);
        for (at, (cell, wish)) in cells.iter().zip(wishes).enumerate() {
            let (column, row) = (at % columns, at / columns);
            let [mut x, mut y] = *wish;
            let mut tie = |neighbour: Shift| {
                x += TIE * neighbour[0];
                y += TIE * neighbour[1];
            };
            if column > 0 {
                tie(shifts[at - 1]);
            }
            if column + 1 < columns {
                tie(shifts[at + 1]);
            }
            if row > 0 {
                tie(shifts[at - columns]);
            }
            if row < last_row {
                tie(shifts[at + columns]);
            }
            let [xx, xy, yy] = cell.inverse;
            shifts[at] = [xx * x + xy * y, xy * x + yy * y];
        }
    }

    /// Returns left, top, right and bottom of a cell, pixels of a level.
    fn edges(&self, plane: &Plane, cell: usize) -> [usize; 4] {
        let (left, top) = (
            cell % self.mesh.columns * CELL,
            cell / self.mesh.columns * CELL,
        );
        let right = (left + CELL).min(plane.width());
        [left, top, right, (top + CELL).min(plane.height())]
    }

    /// Computes the gradient sums of a cell.
    fn cell(&self, now: &Plane, at: usize) -> Cell {
        let edges = self.edges(now, at);
        let ([mut sx, mut sy], [mut xx, mut xy, mut yy]) = ([0.0; 2], [0.0; 3]);
        let mut add = |gx: f32, gy: f32| {
            (sx, sy) = (sx + gx, sy + gy);
            (xx, xy, yy) = (xx + gx * gx, xy + gx * gy, yy + gy * gy);
        };
        let [left, top, right, bottom] = edges;
        for y in top..bottom {
            if let Some((_, steep)) = inner_row(now, left, y) {
                steep[0]
                    .iter()
                    .zip(&steep[1])
                    .for_each(|(x, y)| add(*x, *y));
            } else {
                for x in left..right {
                    let [gx, gy] = steepness(now, x, y);
                    add(gx, gy);
                }
            }
        }
        let count = ((right - left) * (bottom - top)) as f32;
        let squares = [
            xx - sx * sx / count,
            xy - sx * sy / count,
            yy - sy * sy / count,
        ];
        let (column, row) = (at % self.mesh.columns, at / self.mesh.columns);
        let beside = [
            column > 0,
            column + 1 < self.mesh.columns,
            row > 0,
            row + 1 < self.mesh.rows,
        ];
        let ties = HOLD + TIE * beside.iter().filter(|beside| **beside).count() as f32;
        let [xx, xy, yy] = [squares[0] + ties, squares[1], squares[2] + ties];
        let det = xx * yy - xy * xy;
        Cell {
            steep: [sx, sy],
            squares,
            inverse: [yy / det, -xy / det, xx / det],
            count,
        }
    }

    /// Returns the right-hand side of a cell's equations at its current shift.
    fn pull(
        &self,
        now: &Plane,
        before: &Plane,
        at: usize,
        [dx, dy]: Shift,
        cell: &Cell,
    ) -> [f32; 2] {
        let [left, top, right, bottom] = self.edges(now, at);
        let moved = Moved::by([dx, dy]);
        let [mut bx, mut by, mut all] = [0.0; 3];
        let mut add = |gx: f32, gy: f32, change: f32| {
            bx -= gx * change;
            by -= gy * change;
            all += change;
        };
        for y in top..bottom {
            let inner = inner_row(now, left, y);
            if let Some(((here, steep), old)) = inner.zip(moved.row(before, left, y)) {
                for i in 0..CELL {
                    add(steep[0][i], steep[1][i], old[i] - here[i]);
                }
            } else {
                for x in left..right {
                    let [gx, gy] = steepness(now, x, y);
                    let old = before.at(x as f32 + dx, y as f32 + dy);
                    add(gx, gy, old - now.row(y)[x]);
                }
            }
        }
        let [sx, sy] = cell.steep;
        [bx + sx * all / cell.count, by + sy * all / cell.count]
    }
}

/// One value per pixel of a cell's row.
type Row = [f32; CELL];

/// A shift split into whole pixels and fractions.
struct Moved {
    whole: [isize; 2],
    rest: [f32; 2],
}

impl Moved {
    fn by(shift: Shift) -> Self {
        let whole = shift.map(f32::floor);
        Self {
            whole: whole.map(|length| length as isize),
            rest: [shift[0] - whole[0], shift[1] - whole[1]],
        }
    }

    /// Returns the shifted values for the row of a cell that begins at `left`; `None` near an edge.
    #[inline]
    fn row(&self, plane: &Plane, left: usize, y: usize) -> Option<Row> {
        let first = left.checked_add_signed(self.whole[0])?;
        let y = y.checked_add_signed(self.whole[1])?;
        if y + 1 >= plane.height() {
            return None;
        }
        let upper = plane.row(y).get(first..)?.first_chunk::<{ CELL + 1 }>()?;
        let lower = plane
            .row(y + 1)
            .get(first..)?
            .first_chunk::<{ CELL + 1 }>()?;
        let [fx, fy] = self.rest;
        let mut out = [0.0; CELL];
        for (i, out) in out.iter_mut().enumerate() {
            let above = upper[i] + (upper[i + 1] - upper[i]) * fx;
            let below = lower[i] + (lower[i + 1] - lower[i]) * fx;
            *out = above + (below - above) * fy;
        }
        Some(out)
    }
}

/// Returns the brightness of the row of a cell that begins at `left`, and its horizontal and vertical
/// gradients; `None` at an edge.
#[inline]
fn inner_row(plane: &Plane, left: usize, y: usize) -> Option<(Row, [Row; 2])> {
    let before = left.checked_sub(1)?;
    let above_y = y.checked_sub(1)?;
    if y + 1 >= plane.height() {
        return None;
    }
    let wide = plane.row(y).get(before..)?.first_chunk::<{ CELL + 2 }>()?;
    let above = plane.row(above_y)[left..].first_chunk::<CELL>()?;
    let below = plane.row(y + 1)[left..].first_chunk::<CELL>()?;
    let (mut here, mut steep) = ([0.0; CELL], [[0.0; CELL]; 2]);
    for i in 0..CELL {
        here[i] = wide[i + 1];
        steep[0][i] = 0.5 * (wide[i + 2] - wide[i]);
        steep[1][i] = 0.5 * (below[i] - above[i]);
    }
    Some((here, steep))
}

/// Returns the horizontal and vertical brightness gradient at a pixel.
#[inline]
fn steepness(plane: &Plane, x: usize, y: usize) -> [f32; 2] {
    let here = plane.row(y);
    let above = plane.row(y.saturating_sub(1));
    let below = plane.row((y + 1).min(plane.height() - 1));
    let across = here[(x + 1).min(plane.width() - 1)] - here[x.saturating_sub(1)];
    [0.5 * across, 0.5 * (below[x] - above[x])]
}
