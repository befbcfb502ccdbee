//! [`Mesh`]: shifts at evenly spaced nodes.

/// A displacement in pixels: right, down.
pub type Shift = [f32; 2];

/// Shifts at the centres of square cells, row-major.
#[derive(Debug, Clone, Default)]
pub(super) struct Mesh {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) shifts: Vec<Shift>,
}

impl Mesh {
    /// Covers `width` × `height` pixels with cells of `side` pixels and zero shifts.
    pub(super) fn lay_out(&mut self, width: usize, height: usize, side: usize) {
        self.columns = width.div_ceil(side).max(1);
        self.rows = height.div_ceil(side).max(1);
        self.shifts.clear();
        self.shifts.resize(self.columns * self.rows, [0.0; 2]);
    }

    /// Returns the bilinear shift at node coordinates, with the first node at 0; edge values extend outside.
    pub(super) fn between(&self, u: f32, v: f32) -> Shift {
        let u = u.clamp(0.0, (self.columns - 1) as f32);
        let v = v.clamp(0.0, (self.rows - 1) as f32);
        let (left, top) = (u as usize, v as usize);
        let right = (left + 1).min(self.columns - 1);
        let below = (top + 1).min(self.rows - 1);
        let node = |x: usize, y: usize| self.shifts[y * self.columns + x];
        let upper = mixed(node(left, top), node(right, top), u.fract());
        let lower = mixed(node(left, below), node(right, below), u.fract());
        mixed(upper, lower, v.fract())
    }
}

/// Returns the linear interpolation from `a` to `b` at `part`.
#[inline]
fn mixed(a: Shift, b: Shift, part: f32) -> Shift {
    [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
}
