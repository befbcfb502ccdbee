//! Carrying the styled crop before to where its content is now.

use crate::stages::stylize::steady::motion::Field;

/// One remembered pixel: styled red, green and blue, and the brightness of the photo under them,
/// each in `[0, 255]`.
pub(super) type Pixel = [f32; 4];

/// Squares of this many pixels are carried as one.
const BLOCK: usize = 8;

/// Taps of the cubic filter along one axis.
const TAPS: usize = 4;

/// Shifts below this, in pixels, are none: what stands still is copied and never grows soft.
const STILL: f32 = 0.03;

/// The parameter of the cubic: -0.5 is Catmull and Rom's, lower is sharper.
const BITE: f32 = -0.65;

/// A shift as whole pixels and the filter of the rest.
#[derive(Debug, Clone, Copy)]
struct Tap {
    whole: isize,
    weights: [f32; TAPS],
}

impl Tap {
    /// Keys' cubic, which keeps what is carried again and again sharper than a bilinear mean.
    fn of(shift: f32) -> Self {
        let shift = if shift.abs() < STILL { 0.0 } else { shift };
        let whole = shift.floor();
        let t = shift - whole;
        let (t2, t3) = (t * t, t * t * t);
        let weights = [
            BITE * (t3 - 2.0 * t2 + t),
            (BITE + 2.0) * t3 - (BITE + 3.0) * t2 + 1.0,
            (2.0 * BITE + 3.0) * t2 - (BITE + 2.0) * t3 - BITE * t,
            BITE * (t2 - t3),
        ];
        Self {
            whole: whole as isize,
            weights,
        }
    }

    fn is_whole(&self) -> bool {
        self.weights[1] == 1.0
    }
}

/// Writes to `carried` what `before` (rows of `width` pixels) looks like where `field` says that
/// it is now. Both have the same size.
pub(super) fn carry(before: &[Pixel], width: usize, field: &Field, carried: &mut [Pixel]) {
    let height = before.len().checked_div(width).unwrap_or(0);
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            let middle = |start: usize| (start + BLOCK / 2) as f32;
            let [dx, dy] = field.at(middle(left), middle(top));
            let (across, down) = (Tap::of(dx), Tap::of(dy));
            let count = BLOCK.min(width - left);
            for y in top..(top + BLOCK).min(height) {
                let out = &mut carried[y * width + left..][..count];
                let rows = std::array::from_fn(|tap| {
                    let row = y.cast_signed() + down.whole + tap.cast_signed() - 1;
                    let row = row.clamp(0, height.cast_signed() - 1).cast_unsigned();
                    &before[row * width..][..width]
                });
                carry_span(rows, left, across, down, out);
            }
        }
    }
}

/// Carries the pixels of one row of a block; `rows` are the four around it.
fn carry_span(rows: [&[Pixel]; TAPS], left: usize, across: Tap, down: Tap, out: &mut [Pixel]) {
    const SPAN: usize = BLOCK + TAPS - 1;
    let width = rows[0].len();
    let first = left.cast_signed() + across.whole - 1;
    let inside = first >= 0 && first.cast_unsigned() + SPAN <= width;
    if inside && across.is_whole() && down.is_whole() {
        out.copy_from_slice(&rows[1][first.cast_unsigned() + 1..][..out.len()]);
        return;
    }
    let mut column = [[0.0; 4]; SPAN];
    if inside {
        let spans = rows.map(|row| &row[first.cast_unsigned()..][..SPAN]);
        for (i, sum) in column.iter_mut().enumerate() {
            *sum = filtered([spans[0][i], spans[1][i], spans[2][i], spans[3][i]], &down);
        }
    } else {
        for (i, sum) in column.iter_mut().enumerate() {
            let x = (first + i.cast_signed()).clamp(0, width.cast_signed() - 1);
            let x = x.cast_unsigned();
            *sum = filtered([rows[0][x], rows[1][x], rows[2][x], rows[3][x]], &down);
        }
    }
    for (pixel, taps) in out.iter_mut().zip(column.windows(TAPS)) {
        *pixel = filtered([taps[0], taps[1], taps[2], taps[3]], &across);
    }
}

#[inline]
fn filtered(pixels: [Pixel; TAPS], tap: &Tap) -> Pixel {
    let [a, b, c, d] = pixels;
    let [wa, wb, wc, wd] = tap.weights;
    std::array::from_fn(|i| a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd)
}
