//! [`Field`]: where each place of one picture lies in another, told by 68 pairs of points.
//!
//! Moving least squares with similarity transforms (Schaefer, `McPhail` and Warren, SIGGRAPH 2006,
//! equation 6): each node takes the similarity that fits the points best, near ones counting more,
//! with weights `1 / (d² + r²)`. A field never folds: where a turned head would fold it, it is
//! smoothed there, and what still folds is drawn towards the one similarity of all points.

use crate::domain::shape::SHAPE_POINTS;

/// Distance of the nodes, pixels.
pub const STEP: usize = 16;

/// `r` in the weights over the width of the points' box: points nearer than this share a node.
const REACH: f32 = 0.04;

/// The least area of a cell over what the similarity of all points gives it.
const LEAST_AREA: f32 = 0.15;

/// Rounds of local smoothing before the whole field gives way.
const ROUNDS: usize = 12;

/// How far a field that sticks to the skin is drawn to where the points put it, a frame, of the way: so
/// far while it is nearer than the first distance, in widths of the face, wholly from the second on.
const PULL: f32 = 0.04;
const NEAR: f32 = 0.05;
const FAR: f32 = 0.12;

/// 68 points, x and y in pixels.
pub type Anchors = [[f32; 2]; SHAPE_POINTS];

/// A map on a grid of nodes, read bilinearly between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    columns: usize,
    rows: usize,
    nodes: Vec<[f32; 2]>,
}

/// A similarity: `[a, b, tx, ty]` takes `(x, y)` to `(a x - b y + tx, b x + a y + ty)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity([f32; 4]);

impl Similarity {
    /// The one that takes `from` closest to `to` (least squares), each pair weighted. Where all
    /// weight lies in one place it only moves.
    fn fitted(pairs: impl Iterator<Item = ([f32; 2], [f32; 2], f32)> + Clone) -> Self {
        let (mut sum, mut p, mut q) = (0.0_f32, [0.0_f32; 2], [0.0_f32; 2]);
        for (from, to, weight) in pairs.clone() {
            sum += weight;
            for i in 0..2 {
                p[i] += weight * from[i];
                q[i] += weight * to[i];
            }
        }
        let sum = sum.max(f32::MIN_POSITIVE);
        let (p, q) = (p.map(|v| v / sum), q.map(|v| v / sum));
        let (mut spread, mut along, mut across) = (0.0, 0.0, 0.0);
        for (from, to, weight) in pairs {
            let (fx, fy) = (from[0] - p[0], from[1] - p[1]);
            let (tx, ty) = (to[0] - q[0], to[1] - q[1]);
            spread += weight * (fx * fx + fy * fy);
            along += weight * (fx * tx + fy * ty);
            across += weight * (fx * ty - fy * tx);
        }
        let (a, b) = if spread > 1e-9 {
            (along / spread, across / spread)
        } else {
            (1.0, 0.0)
        };
        Self([a, b, q[0] - a * p[0] + b * p[1], q[1] - b * p[0] - a * p[1]])
    }

    /// The one that takes `from` closest to `to`, all points alike.
    pub fn between(from: &Anchors, to: &Anchors) -> Self {
        Self::fitted(from.iter().zip(to).map(|(f, t)| (*f, *t, 1.0)))
    }

    /// The image of a point.
    pub fn apply(self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, tx, ty] = self.0;
        [a * x - b * y + tx, b * x + a * y + ty]
    }

    /// How much areas grow.
    pub fn area(self) -> f32 {
        self.0[0] * self.0[0] + self.0[1] * self.0[1]
    }
}

/// Whether the points are numbers and span an area.
pub fn usable(points: &Anchors) -> bool {
    let [left, top, right, low] = bounds(points);
    points
        .iter()
        .flatten()
        .all(|v| v.is_finite() && v.abs() < 1e5)
        && right - left > 4.0
        && low - top > 4.0
}

/// Left, top, right and lower edge of the points.
pub fn bounds(points: &Anchors) -> [f32; 4] {
    let mut edges = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    for [x, y] in points {
        edges = [
            edges[0].min(*x),
            edges[1].min(*y),
            edges[2].max(*x),
            edges[3].max(*y),
        ];
    }
    edges
}

impl Field {
    /// The map from a picture of `width` × `height` pixels, in which the face's points are `from`,
    /// to one in which they are `to`. Both must be [`usable`]; else the map is what it can be.
    pub fn between(from: &Anchors, to: &Anchors, width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(STEP) + 1, height.div_ceil(STEP) + 1);
        let [left, _, right, _] = bounds(from);
        let reach = (REACH * (right - left)).max(0.5).powi(2);
        let whole = Similarity::between(from, to);
        let mut field = Self {
            columns,
            rows,
            nodes: Vec::with_capacity(columns * rows),
        };
        let mut weights = [0.0; SHAPE_POINTS];
        for i in 0..columns * rows {
            let node = Self::place(i % columns, i / columns);
            for (weight, point) in weights.iter_mut().zip(from) {
                let (dx, dy) = (node[0] - point[0], node[1] - point[1]);
                *weight = 1.0 / (dx * dx + dy * dy + reach);
            }
            let pairs = from.iter().zip(to).zip(&weights);
            let near = Similarity::fitted(pairs.map(|((f, t), w)| (*f, *t, *w)));
            field.nodes.push(near.apply(node));
        }
        field.unfold(whole);
        field
    }

    /// Lets this field, which trembles with the points it was made of, go on from `before`, which is
    /// carried along by `shift` (from a place in this picture to where it was): what is painted through
    /// it sticks to the skin. It is drawn to where the points say that it should be, the more the farther it is from
    /// there; `width` is that of the face in the target.
    pub fn stick(&mut self, before: &Self, shift: impl Fn(f32, f32) -> [f32; 2], width: f32) {
        if (before.columns, before.rows) != (self.columns, self.rows) {
            return;
        }
        let own = self.nodes.clone();
        let bound = |count: usize| ((count - 1) * STEP) as f32;
        let (right, low) = (bound(self.columns), bound(self.rows));
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let [x, y] = Self::place(i % self.columns, i / self.columns);
            let [dx, dy] = shift(x, y);
            let (x, y) = (x + dx, y + dy);
            if !((0.0..=right).contains(&x) && (0.0..=low).contains(&y)) {
                continue;
            }
            let carried = before.at(x, y);
            let far = (node[0] - carried[0]).hypot(node[1] - carried[1]) / width.max(1.0);
            let astray = ((far - NEAR) / (FAR - NEAR)).clamp(0.0, 1.0);
            let pull = PULL + (1.0 - PULL) * astray * astray * (3.0 - 2.0 * astray);
            for (to, from) in node.iter_mut().zip(carried) {
                *to = from + (*to - from) * pull;
            }
        }
        // What folds on the way is not carried on.
        if self.least_cell_area() <= 0.0 {
            self.nodes = own;
        }
    }

    /// A node's place in the picture, pixels.
    fn place(column: usize, row: usize) -> [f32; 2] {
        [(column * STEP) as f32, (row * STEP) as f32]
    }

    /// Nodes from left to right, from top to bottom, and all of them, row by row.
    pub fn grid(&self) -> (usize, usize, &[[f32; 2]]) {
        (self.columns, self.rows, &self.nodes)
    }

    /// The smallest signed area of a cell's four corners, square pixels of the target.
    pub fn least_cell_area(&self) -> f32 {
        let cells = (0..self.rows - 1).flat_map(|y| (0..self.columns - 1).map(move |x| (x, y)));
        cells
            .map(|(x, y)| self.cell_area(x, y))
            .fold(f32::MAX, f32::min)
    }

    /// The smallest of the four corners' parallelograms: positive in all four means that the
    /// bilinear map of the cell does not fold.
    fn cell_area(&self, x: usize, y: usize) -> f32 {
        let node = |dx: usize, dy: usize| self.nodes[(y + dy) * self.columns + x + dx];
        let (a, b, c, d) = (node(0, 0), node(1, 0), node(1, 1), node(0, 1));
        let corner = |at: [f32; 2], next: [f32; 2], last: [f32; 2]| {
            (next[0] - at[0]) * (last[1] - at[1]) - (next[1] - at[1]) * (last[0] - at[0])
        };
        let first = corner(a, b, d).min(corner(b, c, a));
        first.min(corner(c, d, b)).min(corner(d, a, c))
    }

    /// Smooths folds away; `whole` has none.
    fn unfold(&mut self, whole: Similarity) {
        let least = LEAST_AREA * whole.area() * (STEP * STEP) as f32;
        for _ in 0..ROUNDS {
            if !self.smooth_folds(least) {
                return;
            }
        }
        let straight: Vec<_> = (0..self.nodes.len())
            .map(|i| whole.apply(Self::place(i % self.columns, i / self.columns)))
            .collect();
        let bent = std::mem::take(&mut self.nodes);
        for tenths in (0..10_u8).rev() {
            let amount = f32::from(tenths) / 10.0;
            let mix = |(s, b): (&[f32; 2], &[f32; 2])| {
                [s[0] + (b[0] - s[0]) * amount, s[1] + (b[1] - s[1]) * amount]
            };
            self.nodes = straight.iter().zip(&bent).map(mix).collect();
            if self.least_cell_area() >= least {
                return;
            }
        }
    }

    /// Averages the nodes around every cell smaller than `least`; says whether there was one.
    fn smooth_folds(&mut self, least: f32) -> bool {
        let mut folded = vec![false; self.nodes.len()];
        let mut any = false;
        for y in 0..self.rows - 1 {
            for x in 0..self.columns - 1 {
                if self.cell_area(x, y) < least {
                    any = true;
                    for row in y.saturating_sub(1)..(y + 3).min(self.rows) {
                        for column in x.saturating_sub(1)..(x + 3).min(self.columns) {
                            folded[row * self.columns + column] = true;
                        }
                    }
                }
            }
        }
        if any {
            let before = self.nodes.clone();
            // A straight run at the border is kept: the neighbour outside mirrors the one inside.
            let at = |x: isize, y: isize| {
                let column = x.clamp(0, self.columns.cast_signed() - 1) as usize;
                let row = y.clamp(0, self.rows.cast_signed() - 1) as usize;
                before[row * self.columns + column]
            };
            for (i, node) in self.nodes.iter_mut().enumerate() {
                let (x, y) = (
                    (i % self.columns).cast_signed(),
                    (i / self.columns).cast_signed(),
                );
                let inner = x > 0
                    && y > 0
                    && x + 1 < self.columns.cast_signed()
                    && y + 1 < self.rows.cast_signed();
                if folded[i] && inner {
                    let around = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
                    for axis in 0..2 {
                        node[axis] = around.iter().map(|p| p[axis]).sum::<f32>() / 4.0;
                    }
                }
            }
        }
        any
    }

    /// Where `(x, y)` (pixels) lies in the other picture; outside the grid, what its edge says.
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let limit = |v: f32, count: usize| (v / STEP as f32).max(0.0).min(count as f32 - 1.001);
        let (x, y) = (limit(x, self.columns), limit(y, self.rows));
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * self.columns + column;
        let (a, b) = (self.nodes[at], self.nodes[at + 1]);
        let (c, d) = (
            self.nodes[at + self.columns],
            self.nodes[at + self.columns + 1],
        );
        let mix = |i: usize| {
            let (upper, lower) = (a[i] + (b[i] - a[i]) * fx, c[i] + (d[i] - c[i]) * fx);
            upper + (lower - upper) * fy
        };
        [mix(0), mix(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Points on two rings, as a face's might lie.
    fn face(middle: f32, radius: f32) -> Anchors {
        std::array::from_fn(|i| {
            let (turn, inner) = (i as f32 * 0.7, if i % 2 == 0 { 1.0 } else { 0.45 });
            [
                middle + radius * inner * turn.cos(),
                middle + radius * inner * turn.sin(),
            ]
        })
    }

    #[test]
    fn a_face_on_itself_stays_where_it_is() {
        let points = face(100.0, 60.0);
        let field = Field::between(&points, &points, 203, 197);

        for at in [[0.0, 0.0], [101.0, 33.5], [202.0, 196.0]] {
            let [x, y] = field.at(at[0], at[1]);
            assert!(
                (x - at[0]).abs() < 0.05 && (y - at[1]).abs() < 0.05,
                "{at:?}"
            );
        }
    }

    #[test]
    fn points_land_near_their_pairs() {
        let from = face(100.0, 60.0);
        let to = from.map(|[x, y]| [x * 1.5 + 0.05 * y, y * 1.4 + 10.0]);
        let field = Field::between(&from, &to, 200, 200);

        for (f, t) in from.iter().zip(&to) {
            let [x, y] = field.at(f[0], f[1]);
            assert!((x - t[0]).hypot(y - t[1]) < 4.0, "{f:?}");
        }
    }

    #[test]
    fn a_field_sticks_to_what_moves_and_not_to_points_that_tremble() {
        let (from, to) = (face(100.0, 60.0), face(120.0, 80.0));
        let before = Field::between(&from, &to, 208, 208);
        // All moves by (3, -2); the points tremble by two pixels.
        let mut turn = 0.0_f32;
        let trembling = from.map(|[x, y]| {
            turn += 1.7;
            [x + 3.0 + 2.0 * turn.sin(), y - 2.0 + 2.0 * turn.cos()]
        });
        let mut field = Field::between(&trembling, &to, 208, 208);
        let gap = |field: &Field| {
            let (now, was) = (field.at(90.0, 95.0), before.at(87.0, 97.0));
            (now[0] - was[0]).hypot(now[1] - was[1])
        };
        let alone = gap(&field);

        field.stick(&before, |_, _| [-3.0, 2.0], 160.0);

        assert!(gap(&field) < 0.15 * alone, "{alone} {}", gap(&field));
    }

    #[test]
    fn a_field_that_went_astray_is_given_up() {
        let (from, to) = (face(100.0, 60.0), face(120.0, 80.0));
        let astray = Field::between(&from.map(|[x, y]| [x + 40.0, y]), &to, 208, 208);
        let right = Field::between(&from, &to, 208, 208);
        let mut field = right.clone();

        field.stick(&astray, |_, _| [0.0; 2], 160.0);

        assert_eq!(field.at(100.0, 100.0), right.at(100.0, 100.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_field_folds_by_sticking(shifts in proptest::collection::vec(-40.0_f32..40.0, 64)) {
            let (from, to) = (face(128.0, 70.0), face(130.0, 90.0));
            let before = Field::between(&from, &to, 256, 256);
            let mut field = Field::between(&from.map(|[x, y]| [x + 3.0, y]), &to, 256, 256);

            // Wild motion: another shift in each 64th of the picture.
            field.stick(&before, |x, y| {
                let at = (y / 33.0) as usize * 8 + (x / 33.0) as usize;
                [shifts[at.min(63)], shifts[(at * 7 + 3) % 64]]
            }, 160.0);

            prop_assert!(field.least_cell_area() > 0.0);
        }

        #[test]
        fn no_field_folds(shifts in proptest::collection::vec(-90.0_f32..90.0, SHAPE_POINTS * 2)) {
            let from = face(128.0, 70.0);
            let mut to = from;
            for (point, shift) in to.iter_mut().zip(shifts.as_chunks::<2>().0) {
                point[0] += shift[0];
                point[1] += shift[1];
            }
            let field = Field::between(&from, &to, 256, 256);

            prop_assert!(field.least_cell_area() > 0.0 || Similarity::between(&from, &to).area() < 1e-3);
        }
    }
}
