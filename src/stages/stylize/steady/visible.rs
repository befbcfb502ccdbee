//! [`Visible`]: which parts of a crop are shown at all.

use crate::domain::frame::Picture;

/// Cells are squares of this many pixels.
const CELL: usize = 8;

/// Whether any pixel of each cell, or of one beside it, has alpha: changes are softened over patches,
/// so what lies just outside has to be known, too.
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
        Self {
            columns,
            cells: grown(&cells, columns),
        }
    }

    /// Whether the cell of the pixel at `x` and `y` shows.
    #[inline]
    pub(super) fn at(&self, x: usize, y: usize) -> bool {
        self.cells[y / CELL * self.columns + x / CELL]
    }
}

/// The cells and those around them.
fn grown(cells: &[bool], columns: usize) -> Vec<bool> {
    let rows = cells.len().checked_div(columns).unwrap_or(0);
    let around = |at: usize, count: usize| at.saturating_sub(1)..(at + 2).min(count);
    let near = |at: usize| {
        let (column, row) = (at % columns, at / columns);
        let beside = |row: usize| &cells[row * columns..][around(column, columns)];
        around(row, rows).any(|row| beside(row).contains(&true))
    };
    (0..cells.len()).map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    #[test]
    fn a_cell_shows_where_one_pixel_does_and_so_do_those_beside_it() {
        let mut picture = Picture::filled(Size::new(28, 17), [200, 200, 200, 0]);
        picture.rgba_mut()[(16 * 28 + 25) * 4 + 3] = 1;

        let visible = Visible::of(&picture);

        let shown = |row| [0, 1, 2, 3].map(|column| visible.at(column * CELL, row * CELL));
        assert_eq!(shown(0), [false; 4]);
        assert_eq!(shown(1), [false, false, true, true]);
        assert_eq!(shown(2), [false, false, true, true]);
    }
}
