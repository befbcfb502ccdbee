//! [`Visible`]: which parts of a crop are shown at all.

use crate::domain::frame::Picture;
use crate::stages::stylize::steady::motion::CELL;

/// Whether any pixel of each cell has alpha.
#[derive(Debug, Default)]
pub(super) struct Visible {
    columns: usize,
    cells: Vec<bool>,
}

impl Visible {
    /// What shows of `picture`.
    pub(super) fn of(picture: &Picture) -> Self {
        let width = picture.size().width as usize;
        let height = picture.size().height as usize;
        let columns = width.div_ceil(CELL);
        let mut cells = vec![false; columns * height.div_ceil(CELL)];
        let rows = picture.rgba().chunks_exact((width * 4).max(1));
        for (y, row) in rows.enumerate() {
            let cells = &mut cells[y / CELL * columns..][..columns];
            for (cell, pixels) in cells.iter_mut().zip(row.chunks(CELL * 4)) {
                *cell |= pixels.as_chunks::<4>().0.iter().any(|pixel| pixel[3] > 0);
            }
        }
        Self { columns, cells }
    }

    /// Whether the cell in this column and row shows.
    #[inline]
    pub(super) fn at(&self, column: usize, row: usize) -> bool {
        self.cells[row * self.columns + column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    #[test]
    fn a_cell_shows_where_one_pixel_does() {
        let mut picture = Picture::filled(Size::new(20, 9), [200, 200, 200, 0]);
        picture.rgba_mut()[(8 * 20 + 17) * 4 + 3] = 1;

        let visible = Visible::of(&picture);

        let shown = |row| [0, 1, 2].map(|column| visible.at(column, row));
        assert_eq!((shown(0), shown(1)), ([false; 3], [false, false, true]));
    }
}
