//! [`Flow`]: the optical flow of a crop since the previous crop. [`Finder`]: its estimator.
//!
//! Cells estimate the shifts (`cells.rs`); the flow interpolates between them.

use crate::stages::stylize::flow::brightness::Pyramid;
use crate::stages::stylize::flow::cells::Cells;
use crate::stages::stylize::flow::mesh::{Mesh, Shift};

/// Node spacing of a [`Flow`], pixels; the first node is at half of it.
pub const NODE: usize = 4;

/// Shifts in full-size pixels: content at `p` in this crop was at `p + shift` in the previous crop.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    mesh: Mesh,
}

/// Estimates optical flow; reuses its buffers.
#[derive(Debug, Default)]
pub struct Finder {
    cells: Cells,
}

impl Finder {
    /// Estimates the shifts from `now` to `before` into `flow`. The search starts with the better of no
    /// shift and `guess`, a function of a position in full-size pixels.
    pub fn find(
        &mut self,
        now: &Pyramid,
        before: &Pyramid,
        guess: impl Fn(f32, f32) -> Shift,
        flow: &mut Flow,
    ) {
        self.cells.search(now, before, guess);
        let (width, height) = (now.full().width(), now.full().height());
        flow.mesh.lay_out(width, height, NODE);
        let columns = flow.mesh.columns;
        let middle = |at: usize| (at as f32 + 0.5) * NODE as f32;
        for (node, shift) in flow.mesh.shifts.iter_mut().enumerate() {
            *shift = self
                .cells
                .at(middle(node % columns), middle(node / columns));
        }
    }
}

impl Flow {
    /// Returns the shift of the node nearest to a pixel; valid only after a search.
    #[inline]
    #[must_use]
    pub fn nearest(&self, x: usize, y: usize) -> Shift {
        let (column, row) = (x / NODE, y / NODE);
        let (columns, rows) = (self.mesh.columns, self.mesh.rows);
        self.mesh.shifts[row.min(rows - 1) * columns + column.min(columns - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};

    /// Returns soft blobs, moved by `(dx, dy)`.
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
            let mut flow = Flow::default();

            Finder::default().find(&now, &before, |_, _| [0.0; 2], &mut flow);

            let [x, y] = flow.nearest(64, 64);
            assert!(
                (x + dx).abs() < 0.15 && (y + dy).abs() < 0.15,
                "{dx} {dy}: {x} {y}"
            );
        }
    }

    #[test]
    fn light_that_grows_moves_nothing() {
        let picture = blobs(0.0, 0.0);
        let mut brighter = picture.clone();
        let values = brighter.rgba_mut().iter_mut();
        values.for_each(|value| *value = value.saturating_add(9));
        let mut flow = Flow::default();

        let pyramids = [pyramid(&brighter), pyramid(&picture)];
        Finder::default().find(&pyramids[0], &pyramids[1], |_, _| [0.0; 2], &mut flow);

        let [x, y] = flow.nearest(64, 64);
        assert!(x.hypot(y) < 0.05, "{x} {y}");
    }

    #[test]
    fn flat_pictures_do_not_move() {
        let flat = pyramid(&Picture::filled(Size::new(64, 48), [90, 90, 90, 255]));
        let mut flow = Flow::default();

        Finder::default().find(&flat, &flat, |_, _| [f32::NAN, 3.0], &mut flow);

        assert_eq!(flow.nearest(20, 20), [0.0; 2]);
    }
}
