//! [`Planes`]: converts RGBA8 to planar YCbCr 4:2:0, BT.709, limited range.

use openh264::formats::YUVSource;

use crate::domain::frame::{Picture, Size};

/// The encoder's input: a row-major plane of Y in `[16, 235]`, and planes of Cb and Cr in `[16, 240]` at
/// half the width and height, each value the mean of 2×2 pixels. Width and height
/// are even.
#[derive(Debug)]
pub(crate) struct Planes {
    size: Size,
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

impl Planes {
    /// Creates black planes; odd sides are rounded up.
    pub(crate) fn new(size: Size) -> Self {
        let size = Size::new(
            size.width.next_multiple_of(2),
            size.height.next_multiple_of(2),
        );
        Self {
            size,
            y: vec![16; size.pixels()],
            cb: vec![128; size.pixels() / 4],
            cr: vec![128; size.pixels() / 4],
        }
    }

    /// Returns the size; both sides are even.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Converts `picture`. If its sides are smaller, its last column and row are repeated.
    pub(crate) fn fill(&mut self, picture: &Picture) {
        let from = picture.size();
        let row_bytes = from.width as usize * 4;
        let last_row = from.height.saturating_sub(1) as usize;
        let row = |y: usize| {
            let start = y.min(last_row) * row_bytes;
            picture
                .rgba()
                .get(start..start + row_bytes)
                .unwrap_or_default()
        };
        let width = self.size.width as usize;
        let y_pairs = self.y.chunks_exact_mut(width * 2);
        let cb_rows = self.cb.chunks_exact_mut(width / 2);
        let cr_rows = self.cr.chunks_exact_mut(width / 2);
        for (at, ((luma, cb), cr)) in y_pairs.zip(cb_rows).zip(cr_rows).enumerate() {
            let (upper, lower) = (row(at * 2), row(at * 2 + 1));
            let (luma_upper, luma_lower) = luma.split_at_mut(width);
            luma_from_rgba(upper, luma_upper);
            luma_from_rgba(lower, luma_lower);
            chroma_from_rgba(upper, lower, cb, cr);
        }
    }
}

/// Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B) / 255, in 1/65536; at most 1 off. Beyond the end of
/// `rgba` the last pixel is repeated.
fn luma_from_rgba(rgba: &[u8], luma: &mut [u8]) {
    for (to, pixel) in luma.iter_mut().zip(rgba.chunks_exact(4)) {
        if let &[r, g, b, _] = pixel {
            let sum = 11_966 * u32::from(r) + 40_254 * u32::from(g) + 4_064 * u32::from(b);
            *to = ((sum + (16 << 16) + 32_768) >> 16) as u8;
        }
    }
    repeat_last(luma, rgba.len() / 4);
}

/// Cb = 128 + 224 (B - Y) / 1.8556 / 255 and Cr = 128 + 224 (R - Y) / 1.5748 / 255 of the mean of
/// 2×2 pixels, in 1/65536.
fn chroma_from_rgba(upper: &[u8], lower: &[u8], cb: &mut [u8], cr: &mut [u8]) {
    let pairs = upper.chunks_exact(8).zip(lower.chunks_exact(8));
    for ((cb, cr), (up, low)) in cb.iter_mut().zip(cr.iter_mut()).zip(pairs) {
        let (&[r0, g0, b0, _, r1, g1, b1, _], &[r2, g2, b2, _, r3, g3, b3, _]) = (up, low) else {
            continue;
        };
        let sum =
            |a: u8, b: u8, c: u8, d: u8| i32::from(a) + i32::from(b) + i32::from(c) + i32::from(d);
        let (r, g, b) = (
            sum(r0, r1, r2, r3),
            sum(g0, g1, g2, g3),
            sum(b0, b1, b2, b3),
        );
        (*cb, *cr) = chroma_of(r, g, b);
    }
    let whole = upper.len() / 8;
    if let (Some(&[r, g, b, _]), true) = (upper.last_chunk::<4>(), upper.len() % 8 == 4)
        && let Some(&[r2, g2, b2, _]) = lower.last_chunk::<4>()
        && let (Some(cb), Some(cr)) = (cb.get_mut(whole), cr.get_mut(whole))
    {
        let sum = |a: u8, b: u8| 2 * (i32::from(a) + i32::from(b));
        (*cb, *cr) = chroma_of(sum(r, r2), sum(g, g2), sum(b, b2));
    }
    let known = upper.len().div_ceil(8);
    repeat_last(cb, known);
    repeat_last(cr, known);
}

/// Returns Cb and Cr for the sums of four pixels, each sum in `[0, 1020]`.
fn chroma_of(r: i32, g: i32, b: i32) -> (u8, u8) {
    // 128.5 in 1/262144, because the sums contain four pixels.
    const MIDDLE: i32 = (257 << 18) / 2;
    let cb = -6_596 * r - 22_189 * g + 28_785 * b;
    let cr = 28_785 * r - 26_146 * g - 2_639 * b;
    (((cb + MIDDLE) >> 18) as u8, ((cr + MIDDLE) >> 18) as u8)
}

fn repeat_last(plane: &mut [u8], known: usize) {
    if known < plane.len()
        && let Some(&last) = plane.get(known.saturating_sub(1))
    {
        plane.iter_mut().skip(known).for_each(|value| *value = last);
    }
}

impl YUVSource for Planes {
    fn dimensions(&self) -> (usize, usize) {
        (self.size.width as usize, self.size.height as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let width = self.size.width as usize;
        (width, width / 2, width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.y
    }

    fn u(&self) -> &[u8] {
        &self.cb
    }

    fn v(&self) -> &[u8] {
        &self.cr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the exact values of one colour.
    fn exact(colour: [u8; 3]) -> [f64; 3] {
        let [r, g, b] = colour.map(|v| f64::from(v) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [
            16.0 + 219.0 * y,
            128.0 + 224.0 * (b - y) / 1.8556,
            128.0 + 224.0 * (r - y) / 1.5748,
        ]
    }

    #[test]
    fn colours_become_bt709_in_limited_range() {
        for colour in [
            [0, 0, 0],
            [255, 255, 255],
            [255, 0, 0],
            [0, 255, 0],
            [0, 0, 255],
            [90, 160, 33],
        ] {
            let [r, g, b] = colour;
            let mut planes = Planes::new(Size::new(4, 4));

            planes.fill(&Picture::filled(Size::new(4, 4), [r, g, b, 255]));

            let got = [planes.y[5], planes.cb[3], planes.cr[0]].map(f64::from);
            for (got, exact) in got.iter().zip(exact(colour)) {
                assert!((got - exact).abs() <= 0.6, "{colour:?}: {got} for {exact}");
            }
        }
    }

    #[test]
    fn odd_sides_are_rounded_up_and_the_edge_is_repeated() {
        let mut planes = Planes::new(Size::new(3, 3));

        planes.fill(&Picture::filled(Size::new(3, 3), [255, 0, 0, 255]));

        assert_eq!(planes.size(), Size::new(4, 4));
        assert!(planes.y.iter().all(|y| *y == planes.y[0]));
        assert!(planes.cr.iter().all(|cr| *cr == 240));
    }
}
