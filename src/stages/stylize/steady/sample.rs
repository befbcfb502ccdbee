//! Reading a picture where its content is now.

use std::sync::LazyLock;

use crate::stages::stylize::steady::mesh::Shift;
use crate::stages::stylize::steady::motion::{Field, NODE};
use crate::stages::stylize::steady::visible::Visible;

/// One remembered pixel: styled red, green and blue, and the brightness of the photo under them,
/// each in `[0, 255]`.
pub(super) type Pixel = [f32; 4];

/// What the eye takes for the brightness of a styled pixel (Rec. 601).
#[inline]
pub(super) fn grey([r, g, b, _]: &Pixel) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Taps of the cubic filter along one axis.
const TAPS: usize = 4;

/// The parameter of Keys' cubic: -0.5 is Catmull and Rom's, lower is sharper.
const BITE: f32 = -0.65;

/// Steps between two pixels in which the filter is known.
const STEPS: i32 = 256;

/// Shifts below this, in pixels, are none: what stands still is copied and never grows soft.
const STILL: f32 = 0.03;

/// The weights of the taps at one step.
type Filter = [f32; TAPS];

/// The filter of each step.
static FILTERS: LazyLock<[Filter; STEPS as usize]> = LazyLock::new(|| {
    std::array::from_fn(|step| {
        let t = step as f32 / STEPS as f32;
        let (t2, t3) = (t * t, t * t * t);
        [
            BITE * (t3 - 2.0 * t2 + t),
            (BITE + 2.0) * t3 - (BITE + 3.0) * t2 + 1.0,
            (2.0 * BITE + 3.0) * t2 - (BITE + 2.0) * t3 - BITE * t,
            BITE * (t2 - t3),
        ]
    })
});

/// Writes to `out` what `picture` shows where `map` says that each pixel came from; both are rows of
/// `width` pixels. Cells that are not `visible` stay as they were.
pub(super) fn sample(
    picture: &[Pixel],
    width: usize,
    map: &Field,
    visible: &Visible,
    out: &mut [Pixel],
) {
    let height = picture.len().checked_div(width).unwrap_or(0);
    if width < TAPS || height < TAPS {
        out.copy_from_slice(picture);
        return;
    }
    let filters = &*FILTERS;
    // All taps lie inside: the outermost pixels are read next to where they are.
    let last = [width - TAPS + 1, height - TAPS + 1].map(|pixels| pixels as f32 * STEPS as f32);
    let at =
        |pixel: usize, shift: f32, last: f32| whole((pixel as f32 + shift) * STEPS as f32, last);
    let mut line = Vec::new();
    for (y, row) in out.chunks_exact_mut(width).enumerate() {
        map.row(y, &mut line);
        let node = |at: usize| line[at.min(line.len() - 1)];
        // Nodes are in the middle of their cells: between two of them shifts change evenly.
        for (column, cell) in row.chunks_mut(NODE).enumerate() {
            if !visible.at(column * NODE, y) {
                continue;
            }
            let around = [
                node(column.saturating_sub(1)),
                node(column),
                node(column + 1),
            ];
            let left = column * NODE;
            if around.as_flattened().iter().all(|l| l.abs() < STILL) {
                cell.copy_from_slice(&picture[y * width + left..][..cell.len()]);
                continue;
            }
            let shifts = within(&around);
            let across: [i32; NODE] = std::array::from_fn(|i| at(left + i, shifts[i][0], last[0]));
            let down: [i32; NODE] = std::array::from_fn(|i| at(y, shifts[i][1], last[1]));
            for (pixel, (across, down)) in cell.iter_mut().zip(across.into_iter().zip(down)) {
                let pixel_before =
                    |steps: i32| (steps >> STEPS.ilog2()).cast_unsigned() as usize - 1;
                let filter = |steps: i32| &filters[(steps & (STEPS - 1)) as usize];
                let first = pixel_before(down) * width + pixel_before(across);
                let (across, down) = (filter(across), filter(down));
                let mut sum = [0.0; 4];
                for (tap, weight) in down.iter().enumerate() {
                    let [a, b, c, d, ..] = &picture[first + tap * width..] else {
                        continue;
                    };
                    let line = filtered([a, b, c, d], across);
                    for i in 0..4 {
                        sum[i] += line[i] * weight;
                    }
                }
                *pixel = sum;
            }
        }
    }
}

/// The shifts of a cell's pixels, of the nodes before, in and after the cell.
#[inline]
fn within([before, here, after]: &[Shift; 3]) -> [Shift; NODE] {
    std::array::from_fn(|i| {
        let part = (i as f32 + 0.5) / NODE as f32 - 0.5;
        let to = if 2 * i < NODE { before } else { after };
        let mixed = |axis: usize| here[axis] + (to[axis] - here[axis]) * part.abs();
        [mixed(0), mixed(1)]
    })
}

/// The nearest whole number from [`STEPS`] to `last`. A float this large has it in its lowest bits, which
/// takes less time than a cast.
#[inline]
fn whole(steps: f32, last: f32) -> i32 {
    const LARGE: f32 = 8_388_608.0;
    let steps = steps.max(STEPS as f32).min(last) + LARGE;
    (steps.to_bits() - LARGE.to_bits()).cast_signed()
}

#[inline]
fn filtered([a, b, c, d]: [&Pixel; TAPS], weights: &Filter) -> Pixel {
    let mut sum = [0.0; 4];
    for i in 0..4 {
        sum[i] = a[i] * weights[0] + b[i] * weights[1] + c[i] * weights[2] + d[i] * weights[3];
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};

    #[test]
    fn what_did_not_move_is_what_it_was() {
        let picture: Vec<Pixel> = (0..20 * 12).map(|i| [i as f32, 3.0, 7.0, 9.0]).collect();
        let mut out = vec![[0.0; 4]; picture.len()];

        let size = Size::new(20, 12);
        let visible = Visible::of(&Picture::filled(size, [1; 4]));
        sample(&picture, 20, &Field::unmoved(size), &visible, &mut out);

        assert_eq!(out, picture);
    }
}
