//! [`Field`]: how far the content of a crop moved since the crop before; [`Finder`]: finds it.
//!
//! Cells find the way (`cells.rs`), then every pixel has a say (`variational.rs`).

use crate::domain::frame::Size;
use crate::stages::stylize::steady::brightness::Pyramid;
use crate::stages::stylize::steady::cells::Cells;
use crate::stages::stylize::steady::mesh::{Mesh, Shift};
use crate::stages::stylize::steady::variational::Refiner;
use crate::stages::stylize::window::Window;

/// Nodes of a [`Field`] stand this many pixels apart, the first at half of it.
pub(super) const NODE: usize = 4;

/// Levels on which each pixel gets a shift of its own: a quarter of the size, then a half.
const COARSE: usize = 2;
const FINE: usize = 1;

/// Shifts in pixels of the full size: what stands at `p` in this crop stood at `p + shift` in the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    mesh: Mesh,
}

/// Searches fields; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Finder {
    cells: Cells,
    pixels: Refiner,
}

impl Finder {
    /// Searches the shifts from `now` to `before` into `field`, beginning with the better of no shift and
    /// `guess` (of a place in full-size pixels).
    pub(super) fn find(
        &mut self,
        now: &Pyramid,
        before: &Pyramid,
        guess: impl Fn(f32, f32) -> Shift,
        field: &mut Field,
    ) {
        let Self { cells, pixels } = self;
        cells.search(now, before, guess);
        let (now_levels, before_levels) = (now.levels(), before.levels());
        let size = |level: usize| (now_levels[level].width(), now_levels[level].height());
        let scale = (1 << COARSE) as f32;
        let middle = |at: usize| (at as f32 + 0.5) * scale;
        pixels.begin(size(COARSE), |x, y| {
            cells.at(middle(x), middle(y)).map(|length| length / scale)
        });
        pixels.improve(&now_levels[COARSE], &before_levels[COARSE]);
        for level in (FINE..COARSE).rev() {
            pixels.go_finer(size(level));
            pixels.improve(&now_levels[level], &before_levels[level]);
        }
        let (width, height) = size(0);
        let (side, scale) = (NODE >> FINE, (1 << FINE) as f32);
        field.mesh.lay_out(width, height, NODE);
        let columns = field.mesh.columns;
        for (node, shift) in field.mesh.shifts.iter_mut().enumerate() {
            let mean = pixels.mean(node % columns, node / columns, side);
            *shift = mean.map(|length| length * scale);
        }
    }
}

impl Field {
    /// That of a crop of `size` in which nothing moved.
    pub(super) fn unmoved(size: Size) -> Self {
        let mut mesh = Mesh::default();
        mesh.lay_out(size.width as usize, size.height as usize, NODE);
        Self { mesh }
    }

    /// The shifts of `from` as those of `to`; where it has none, those next to it.
    pub(super) fn relay(&mut self, from: Window, to: Window) {
        let shifts = from.relaid(&self.mesh.shifts, to, NODE as u32, None);
        *self = Self::unmoved(to.size());
        self.mesh.shifts = shifts;
    }

    /// Where what stands at a place stood before these shifts and, before that, before `older`.
    pub(super) fn after(&self, older: &Self) -> Self {
        let mut mesh = self.mesh.clone();
        let middle = |i: usize| (i as f32 + 0.5) * NODE as f32;
        let columns = mesh.columns;
        for (node, [dx, dy]) in mesh.shifts.iter_mut().enumerate() {
            let (x, y) = (middle(node % columns), middle(node / columns));
            let [older_x, older_y] = older.at(x + *dx, y + *dy);
            (*dx, *dy) = (*dx + older_x, *dy + older_y);
        }
        Self { mesh }
    }

    /// The shift at a place in full-size pixels; only after a search.
    pub(super) fn at(&self, x: f32, y: f32) -> Shift {
        self.mesh
            .between(x / NODE as f32 - 0.5, y / NODE as f32 - 0.5)
    }

    /// Fills `line` with the shifts at the height of pixel row `y`, one a column of nodes.
    pub(super) fn row(&self, y: usize, line: &mut Vec<Shift>) {
        self.mesh.row((y as f32 + 0.5) / NODE as f32 - 0.5, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Picture;

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

            Finder::default().find(&now, &before, |_, _| [0.0; 2], &mut field);

            let [x, y] = field.at(64.0, 64.0);
            assert!(
                (x + dx).abs() < 0.15 && (y + dy).abs() < 0.15,
                "{dx} {dy}: {x} {y}"
            );
        }
    }

    #[test]
    fn two_motions_make_one() {
        let pyramids = [(0.0, 0.0), (2.5, 1.0), (4.0, -1.5)].map(|(x, y)| pyramid(&blobs(x, y)));
        let mut whole = Field::unmoved(Size::new(128, 128));
        for pair in pyramids.windows(2) {
            let mut motion = Field::default();
            Finder::default().find(&pair[1], &pair[0], |_, _| [0.0; 2], &mut motion);
            whole = motion.after(&whole);
        }

        let [x, y] = whole.at(64.0, 64.0);

        assert!((x + 4.0).abs() < 0.2 && (y - 1.5).abs() < 0.2, "{x} {y}");
    }

    #[test]
    fn light_that_grows_moves_nothing() {
        let picture = blobs(0.0, 0.0);
        let mut brighter = picture.clone();
        let values = brighter.rgba_mut().iter_mut();
        values.for_each(|value| *value = value.saturating_add(9));
        let mut field = Field::default();

        let pyramids = [pyramid(&brighter), pyramid(&picture)];
        Finder::default().find(&pyramids[0], &pyramids[1], |_, _| [0.0; 2], &mut field);

        let [x, y] = field.at(64.0, 64.0);
        assert!(x.hypot(y) < 0.05, "{x} {y}");
    }

    #[test]
    fn flat_pictures_do_not_move() {
        let flat = pyramid(&Picture::filled(Size::new(64, 48), [90, 90, 90, 255]));
        let mut field = Field::default();

        Finder::default().find(&flat, &flat, |_, _| [f32::NAN, 3.0], &mut field);

        assert_eq!(field.at(20.0, 20.0), [0.0; 2]);
    }
}
