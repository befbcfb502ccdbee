//! [`Refiner`]: makes shifts agree with every pixel.
//!
//! Least squares over cells take a cell for a stiff piece, and a bright reflection in it for as true as the
//! rest. Here each pixel has a shift of its own, and the energy of Brox, Bruhn, Papenberg and Weickert (ECCV
//! 2004, equations 2 to 4) is made small, with the constraints divided by the steepness that they rest on
//! (Zimmer, Bruhn and Weickert, IJCV 2011, section 2.1):
//!
//! `Σ δ Ψ(brightness stays) + γ Ψ(steepness stays) + α Ψ(|∇u|² + |∇v|²)`, with `Ψ(s²) = √(s² + ε²)`.
//!
//! `Ψ` lets single pixels and single edges be wrong. Steepness stays where light grows over a cheek.

use crate::stages::stylize::flow::brightness::Plane;
use crate::stages::stylize::flow::mesh::Shift;

/// What each part of the energy weighs: δ, γ, α.
const BRIGHTNESS: f32 = 5.0;
const STEEPNESS: f32 = 10.0;
const SMOOTHNESS: f32 = 10.0;

/// ε² of `Ψ`.
const SOFT: f32 = 1e-6;

/// ζ², added to the squared steepness that a constraint is divided by: the camera's noise.
const FLAT: f32 = 0.01;

/// Rounds in which `Ψ` is taken for constant (fixed-point iterations).
const ROUNDS: usize = 2;

/// Sweeps over the linear system, a round.
const SWEEPS: usize = 3;

/// One number a pixel, with one pixel more on each side; rows count from the one above the picture.
#[derive(Debug, Default)]
struct Sheet {
    stride: usize,
    values: Vec<f32>,
}

impl Sheet {
    fn resize(&mut self, width: usize, height: usize) {
        self.stride = width + 2;
        self.values.clear();
        self.values.resize(self.stride * (height + 2), 0.0);
    }

    /// A row with its outer pixels.
    fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.stride..][..self.stride]
    }

    /// A row's own pixels.
    fn inner(&self, y: usize) -> &[f32] {
        &self.row(y)[1..self.stride - 1]
    }

    fn inner_mut(&mut self, y: usize) -> &mut [f32] {
        let stride = self.stride;
        &mut self.values[y * stride + 1..][..stride - 2]
    }

    /// Gives the outer pixels what stands beside them.
    fn extend(&mut self) {
        let stride = self.stride;
        for row in self.values.chunks_exact_mut(stride) {
            row[0] = row[1];
            row[stride - 1] = row[stride - 2];
        }
        let last = self.values.len() - stride;
        self.values.copy_within(stride..2 * stride, 0);
        self.values.copy_within(last - stride..last, last);
    }

    /// Takes how steep `from` is to the right; both of `height` rows.
    fn take_across(&mut self, from: &Self, height: usize) {
        for y in 1..=height {
            let row = from.row(y);
            let pairs = row.iter().zip(&row[2..]);
            for (out, (left, right)) in self.inner_mut(y).iter_mut().zip(pairs) {
                *out = 0.5 * (right - left);
            }
        }
        self.extend();
    }

    /// Takes how steep it is down.
    fn take_down(&mut self, from: &Self, height: usize) {
        for y in 1..=height {
            let pairs = from.inner(y - 1).iter().zip(from.inner(y + 1));
            for (out, (above, below)) in self.inner_mut(y).iter_mut().zip(pairs) {
                *out = 0.5 * (below - above);
            }
        }
        self.extend();
    }
}

/// Shifts of a level's pixels, in these pixels, and what is needed on the way; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Refiner {
    width: usize,
    height: usize,
    /// The shifts.
    flow: [Sheet; 2],
    /// Those with which the crop before was read.
    start: [Sheet; 2],
    /// 1 where that was inside of it.
    inside: Sheet,
    /// The mean of both crops, then its steepness (x, y) and that one's (xx, xy, yy).
    mean: Sheet,
    steep: [Sheet; 2],
    bent: [Sheet; 3],
    /// What changed, and its steepness.
    change: Sheet,
    change_steep: [Sheet; 2],
    /// The linear system: squares (xx, xy, yy), right side, ties to the right and down.
    squares: [Sheet; 3],
    wish: [Sheet; 2],
    ties: [Sheet; 2],
    line: [Vec<f32>; 2],
}

impl Refiner {
    /// Begins on a level of this size with the shifts that `at` tells at the pixels' middles, in pixels of the level.
    pub(super) fn begin(
        &mut self,
        (width, height): (usize, usize),
        at: impl Fn(usize, usize) -> Shift,
    ) {
        (self.width, self.height) = (width, height);
        let [u, v] = &mut self.flow;
        u.resize(width, height);
        v.resize(width, height);
        for y in 0..height {
            let pixels = u.inner_mut(y + 1).iter_mut().zip(v.inner_mut(y + 1));
            for (x, (u, v)) in pixels.enumerate() {
                [*u, *v] = at(x, y);
            }
        }
    }

    /// Makes the energy smaller; `now` and `before` are the level's planes.
    pub(super) fn improve(&mut self, now: &Plane, before: &Plane) {
        if self.width < 3 || self.height < 3 {
            return;
        }
        for (start, flow) in self.start.iter_mut().zip(&self.flow) {
            start.stride = flow.stride;
            start.values.clone_from(&flow.values);
        }
        self.read(now, before);
        for _ in 0..ROUNDS {
            self.flow.iter_mut().for_each(Sheet::extend);
            self.assemble();
            self.tie();
            for _ in 0..SWEEPS {
                for first in [1, 2] {
                    for y in (first..=self.height).step_by(2) {
                        self.sweep(y);
                    }
                }
            }
        }
    }

    /// The shift of a pixel; beyond the last one, its.
    pub(super) fn at(&self, column: usize, row: usize) -> Shift {
        let (column, row) = (column.min(self.width - 1), row.min(self.height - 1));
        self.flow
            .each_ref()
            .map(|sheet| sheet.inner(row + 1)[column])
    }

    /// Reads both crops: how steep they are, and what changed.
    fn read(&mut self, now: &Plane, before: &Plane) {
        let (width, height) = (self.width, self.height);
        let sheets = [&mut self.mean, &mut self.change, &mut self.inside];
        let others = self.steep.iter_mut().chain(&mut self.bent);
        let others = others.chain(&mut self.change_steep);
        let others = others.chain(self.squares.iter_mut().chain(&mut self.wish));
        for sheet in sheets.into_iter().chain(others).chain(&mut self.ties) {
            sheet.resize(width, height);
        }
        let (last_x, last_y) = ((width - 1) as f32, (height - 1) as f32);
        for y in 0..height {
            let shifts = self.flow[0]
                .inner(y + 1)
                .iter()
                .zip(self.flow[1].inner(y + 1));
            let pixels = now.row(y).iter().zip(shifts);
            let means = self.mean.inner_mut(y + 1).iter_mut();
            let changes = self.change.inner_mut(y + 1).iter_mut();
            let out = means.zip(changes).zip(self.inside.inner_mut(y + 1));
            for (x, (((mean, change), inside), (here, (u, v)))) in out.zip(pixels).enumerate() {
                let (px, py) = (x as f32 + u, y as f32 + v);
                let old = before.at(px, py);
                *mean = 0.5 * (old + here);
                *change = old - here;
                let seen = (0.0..=last_x).contains(&px) && (0.0..=last_y).contains(&py);
                *inside = f32::from(u8::from(seen));
            }
        }
        self.mean.extend();
        self.change.extend();
        let [across, down] = &mut self.steep;
        across.take_across(&self.mean, height);
        down.take_down(&self.mean, height);
        let [xx, xy, yy] = &mut self.bent;
        xx.take_across(across, height);
        xy.take_down(across, height);
        yy.take_down(down, height);
        let [across, down] = &mut self.change_steep;
        across.take_across(&self.change, height);
        down.take_down(&self.change, height);
    }

    /// What the crops say, with `Ψ` as it is at the present shifts.
    fn assemble(&mut self) {
        let width = self.width;
        for y in 1..=self.height {
            let of = |sheet| &Sheet::inner(sheet, y)[..width];
            let [ix, iy] = self.steep.each_ref().map(of);
            let [ixx, ixy, iyy] = self.bent.each_ref().map(of);
            let [iz, inside] = [&self.change, &self.inside].map(of);
            let [ixz, iyz] = self.change_steep.each_ref().map(of);
            let [u, v] = self.flow.each_ref().map(of);
            let [u0, v0] = self.start.each_ref().map(of);
            let [xx, xy, yy] = self
                .squares
                .each_mut()
                .map(|s| &mut s.inner_mut(y)[..width]);
            let [wu, wv] = self.wish.each_mut().map(|s| &mut s.inner_mut(y)[..width]);
            for x in 0..width {
                let (du, dv) = (u[x] - u0[x], v[x] - v0[x]);
                let steep = ix[x] * ix[x] + iy[x] * iy[x] + FLAT;
                let change = iz[x] + ix[x] * du + iy[x] * dv;
                let weight = inside[x] * (0.5 * BRIGHTNESS)
                    / ((change * change / steep + SOFT).sqrt() * steep);
                let bent_x = 1.0 / (ixx[x] * ixx[x] + ixy[x] * ixy[x] + FLAT);
                let bent_y = 1.0 / (iyy[x] * iyy[x] + ixy[x] * ixy[x] + FLAT);
                let change_x = ixz[x] + ixx[x] * du + ixy[x] * dv;
                let change_y = iyz[x] + ixy[x] * du + iyy[x] * dv;
                let apart = change_x * change_x * bent_x + change_y * change_y * bent_y;
                let bend = inside[x] * (0.5 * STEEPNESS) / (apart + SOFT).sqrt();
                let (bend_x, bend_y) = (bend * bent_x, bend * bent_y);
                let cross = ixy[x] * ixy[x];
                xx[x] = weight * ix[x] * ix[x] + bend_x * ixx[x] * ixx[x] + bend_y * cross;
                xy[x] = weight * ix[x] * iy[x] + (bend_x * ixx[x] + bend_y * iyy[x]) * ixy[x];
                yy[x] = weight * iy[x] * iy[x] + bend_x * cross + bend_y * iyy[x] * iyy[x];
                // Of the whole shift, not of what is added to the one at the start.
                let pull_x =
                    weight * ix[x] * iz[x] + bend_x * ixx[x] * ixz[x] + bend_y * ixy[x] * iyz[x];
                let pull_y =
                    weight * iy[x] * iz[x] + bend_x * ixy[x] * ixz[x] + bend_y * iyy[x] * iyz[x];
                wu[x] = xx[x] * u0[x] + xy[x] * v0[x] - pull_x;
                wv[x] = xy[x] * u0[x] + yy[x] * v0[x] - pull_y;
            }
        }
    }

    /// How strongly each pixel is tied to the one to its right and the one below: less across an edge of the motion.
    fn tie(&mut self) {
        let (width, height) = (self.width, self.height);
        let [u, v] = &self.flow;
        let [right, down] = &mut self.ties;
        for y in 1..=height {
            let (u_here, v_here) = (&u.row(y)[1..], &v.row(y)[1..]);
            let below = u.inner(y + 1).iter().zip(v.inner(y + 1));
            let pairs = u_here
                .iter()
                .zip(&u_here[1..])
                .zip(v_here.iter().zip(&v_here[1..]));
            let ties = right.inner_mut(y).iter_mut().zip(down.inner_mut(y));
            for ((right, down), (((u, u_right), (v, v_right)), (u_below, v_below))) in
                ties.zip(pairs.zip(below))
            {
                let (ux, vx) = (u_right - u, v_right - v);
                let (uy, vy) = (u_below - u, v_below - v);
                let steep = ux * ux + uy * uy + vx * vx + vy * vy;
                let tie = 0.5 * SMOOTHNESS / (steep + SOFT).sqrt();
                (*right, *down) = (tie, tie);
            }
            right.inner_mut(y)[width - 1] = 0.0;
        }
        down.inner_mut(height).fill(0.0);
    }

    /// Solves for a row, with the rows above and below and, in it, the shifts before (Gauss and Seidel down,
    /// Jacobi across: so that several pixels go at once).
    fn sweep(&mut self, y: usize) {
        let width = self.width;
        let [xx, xy, yy] = self.squares.each_ref().map(|s| &s.inner(y)[..width]);
        let [wu, wv] = self.wish.each_ref().map(|s| &s.inner(y)[..width]);
        let [right, down] = &self.ties;
        let (left, right) = (&right.row(y)[..width], &right.inner(y)[..width]);
        let (up, down) = (&down.inner(y - 1)[..width], &down.inner(y)[..width]);
        for line in &mut self.line {
            line.resize(width, 0.0);
        }
        let [out_u, out_v] = self.line.each_mut().map(|line| &mut line[..width]);
        let [u, v] = &self.flow;
        let beside = |sheet| [0, 2].map(|from| &Sheet::row(sheet, y)[from..][..width]);
        let over = |sheet| [y - 1, y + 1].map(|y| &Sheet::inner(sheet, y)[..width]);
        let ([u_left, u_right], [u_up, u_down]) = (beside(u), over(u));
        let ([v_left, v_right], [v_up, v_down]) = (beside(v), over(v));
        let v_here = &v.inner(y)[..width];
        for x in 0..width {
            let ties = left[x] + right[x] + up[x] + down[x];
            let mean_u =
                left[x] * u_left[x] + right[x] * u_right[x] + up[x] * u_up[x] + down[x] * u_down[x];
            let mean_v =
                left[x] * v_left[x] + right[x] * v_right[x] + up[x] * v_up[x] + down[x] * v_down[x];
            let new_u = (wu[x] + mean_u - xy[x] * v_here[x]) / (xx[x] + ties);
            out_u[x] = new_u;
            out_v[x] = (wv[x] + mean_v - xy[x] * new_u) / (yy[x] + ties);
        }
        self.flow[0].inner_mut(y).copy_from_slice(&self.line[0]);
        self.flow[1].inner_mut(y).copy_from_slice(&self.line[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};
    use crate::stages::stylize::flow::brightness::Pyramid;

    const SIDE: usize = 64;

    /// A plane of `value`s, of 255, at full size.
    fn pyramid(value: impl Fn(f32, f32) -> f32) -> Pyramid {
        let grey = |i: usize| {
            let grey = value((i % SIDE) as f32, (i / SIDE) as f32) as u8;
            [grey, grey, grey, 255]
        };
        let size = Size::new(SIDE as u32, SIDE as u32);
        let picture = Picture::from_rgba(size, (0..SIDE * SIDE).flat_map(grey).collect()).unwrap();
        let mut pyramid = Pyramid::default();
        pyramid.load(&picture, &mut Vec::new());
        pyramid
    }

    fn skin(x: f32, y: f32) -> f32 {
        120.0 + 40.0 * (x * 0.31).sin() + 40.0 * (y * 0.37).cos()
    }

    /// How far shifts are from `right` in the mean, as cells found them and after an improvement at full
    /// size: cells err by 0.4 pixels, here so and there so.
    fn errors(now: &Pyramid, right: Shift) -> [f32; 2] {
        let before = pyramid(skin);
        let mut refiner = Refiner::default();
        let astray = |x: usize, y: usize| {
            let turn = 0.31 * x as f32 + 0.23 * y as f32;
            [0.4 * turn.sin(), 0.4 * turn.cos()]
        };
        refiner.begin((SIDE, SIDE), |x, y| {
            let [dx, dy] = astray(x, y);
            [right[0] + dx, right[1] + dy]
        });
        let error = |refiner: &Refiner| -> f32 {
            let pixels = (8..SIDE - 8).flat_map(|y| (8..SIDE - 8).map(move |x| (x, y)));
            let away = pixels.map(|(x, y)| {
                let [dx, dy] = refiner.at(x, y);
                (dx - right[0]).hypot(dy - right[1])
            });
            away.sum::<f32>() / ((SIDE - 16) * (SIDE - 16)) as f32
        };
        let at_first = error(&refiner);
        refiner.improve(now.full(), before.full());
        [at_first, error(&refiner)]
    }

    #[test]
    fn errors_of_cells_grow_much_smaller() {
        let [first, last] = errors(&pyramid(|x, y| skin(x - 0.6, y + 0.3)), [-0.6, 0.3]);

        assert!(last < 0.6 * first, "{first} {last}");
    }

    #[test]
    fn a_lamp_that_goes_on_and_a_spot_that_comes_do_not_change_that() {
        let spot = |x: f32, y: f32| (24.0..30.0).contains(&x) && (24.0..30.0).contains(&y);
        let now = pyramid(|x, y| {
            if spot(x, y) {
                250.0
            } else {
                skin(x - 0.6, y) + 8.0
            }
        });

        let [first, last] = errors(&now, [-0.6, 0.0]);

        assert!(last < 0.7 * first, "{first} {last}");
    }
}
