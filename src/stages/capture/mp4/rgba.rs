//! Conversion from Y, Cb, Cr planes (8-bit, 4:2:0) to RGBA8.

use openh264::formats::YUVSource;

use crate::domain::frame::{Picture, Size};

/// The YCbCr matrix of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// Standard definition, and every stream without a description.
    #[default]
    Bt601,
    /// High definition.
    Bt709,
    /// Ultra high definition.
    Bt2020,
}

/// The colour description of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Colours {
    pub(crate) matrix: Matrix,
    /// Whether Y has the range 0 to 255 instead of 16 to 235.
    pub(crate) full_range: bool,
}

/// Factors from Y, Cb, Cr to red, green, blue, in 1/8192.
#[derive(Debug, Clone, Copy)]
struct Factors {
    black: i32,
    y: i32,
    red_cr: i32,
    green_cb: i32,
    green_cr: i32,
    blue_cb: i32,
}

impl Factors {
    fn of(colours: Colours) -> Self {
        // Luma weights of red and blue.
        let (red, blue) = match colours.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        };
        let green = 1.0 - red - blue;
        let (black, y, chroma) = if colours.full_range {
            (0, 1.0, 1.0)
        } else {
            (16, 255.0 / 219.0, 255.0 / 224.0)
        };
        let fixed = |factor: f64| (factor * 8192.0).round() as i32;
        Self {
            black,
            y: fixed(y),
            red_cr: fixed(2.0 * (1.0 - red) * chroma),
            green_cb: fixed(-2.0 * (1.0 - blue) * blue / green * chroma),
            green_cr: fixed(-2.0 * (1.0 - red) * red / green * chroma),
            blue_cb: fixed(2.0 * (1.0 - blue) * chroma),
        }
    }

    /// Returns the chroma's contribution to red, green and blue, including half a step for rounding.
    fn shades(&self, cb: u8, cr: u8) -> [i32; 3] {
        let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
        let green = self.green_cb * cb + self.green_cr * cr;
        [self.red_cr * cr, green, self.blue_cb * cb].map(|shade| shade + 4096)
    }

    fn rgb(&self, y: u8, shades: [i32; 3]) -> [u8; 3] {
        let y = (i32::from(y) - self.black) * self.y;
        shades.map(|shade| ((y + shade) >> 13).clamp(0, 255) as u8)
    }
}

/// Converts a decoded frame to a picture with alpha 255.
pub(crate) fn picture_from_planes(planes: &impl YUVSource, colours: Colours) -> Picture {
    let (width, height) = planes.dimensions();
    let (y_stride, cb_stride, cr_stride) = planes.strides();
    let factors = Factors::of(colours);
    let mut picture = Picture::filled(Size::new(width as u32, height as u32), [0, 0, 0, 255]);
    let rows = picture.rgba_mut().chunks_exact_mut((width * 4).max(1));
    for (at, row) in rows.enumerate() {
        let luma = planes.y().get(at * y_stride..).unwrap_or_default();
        let cb = planes.u().get(at / 2 * cb_stride..).unwrap_or_default();
        let cr = planes.v().get(at / 2 * cr_stride..).unwrap_or_default();
        let mut pairs = row.chunks_exact_mut(8);
        let chroma = cb.iter().zip(cr);
        for ((pair, y), (cb, cr)) in pairs.by_ref().zip(luma.chunks_exact(2)).zip(chroma) {
            let (&[y0, y1], [r0, g0, b0, _, r1, g1, b1, _]) = (y, pair) else {
                continue;
            };
            let shades = factors.shades(*cb, *cr);
            [*r0, *g0, *b0] = factors.rgb(y0, shades);
            [*r1, *g1, *b1] = factors.rgb(y1, shades);
        }
        // The last column of an odd width.
        let last = (width.saturating_sub(1), width / 2);
        if let [r, g, b, _] = pairs.into_remainder()
            && let (Some(y), Some(cb), Some(cr)) =
                (luma.get(last.0), cb.get(last.1), cr.get(last.1))
        {
            [*r, *g, *b] = factors.rgb(*y, factors.shades(*cb, *cr));
        }
    }
    picture
}

/// Returns `picture` rotated clockwise by quarter turns.
pub(crate) fn turned(picture: Picture, quarter_turns: u8) -> Picture {
    let Size { width, height } = picture.size();
    let turns = quarter_turns % 4;
    if turns == 0 {
        return picture;
    }
    let size = if turns == 2 {
        Size::new(width, height)
    } else {
        Size::new(height, width)
    };
    let mut to = Picture::filled(size, [0, 0, 0, 255]);
    let row_bytes = (size.width as usize * 4).max(1);
    for (y, row) in to.rgba_mut().chunks_exact_mut(row_bytes).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let (x, y) = (i64::from(x as u32), i64::from(y as u32));
            let (right, bottom) = (i64::from(width) - 1, i64::from(height) - 1);
            let from = match turns {
                1 => (y, bottom - x),
                2 => (right - x, bottom - y),
                _ => (right - y, x),
            };
            pixel.copy_from_slice(&picture.pixel_clamped(from.0, from.1));
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OneColour([u8; 3]);

    impl YUVSource for OneColour {
        fn dimensions(&self) -> (usize, usize) {
            (1, 1)
        }
        fn strides(&self) -> (usize, usize, usize) {
            (1, 1, 1)
        }
        fn y(&self) -> &[u8] {
            &self.0[..1]
        }
        fn u(&self) -> &[u8] {
            &self.0[1..2]
        }
        fn v(&self) -> &[u8] {
            &self.0[2..]
        }
    }

    #[test]
    fn black_white_and_red_come_out_in_every_matrix() {
        let red_of = |matrix| match matrix {
            Matrix::Bt601 => [81, 90, 240],
            Matrix::Bt709 => [63, 102, 240],
            Matrix::Bt2020 => [73, 97, 240],
        };
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
            let colours = Colours {
                matrix,
                full_range: false,
            };
            let rgb = |planes| picture_from_planes(&OneColour(planes), colours).pixel_clamped(0, 0);

            assert_eq!(rgb([16, 128, 128]), [0, 0, 0, 255]);
            assert_eq!(rgb([235, 128, 128]), [255, 255, 255, 255]);
            let [r, g, b, _] = rgb(red_of(matrix));
            assert!(r >= 252 && g <= 3 && b <= 3, "{matrix:?}: {r} {g} {b}");
        }
    }

    #[test]
    fn a_quarter_turn_moves_the_top_left_to_the_top_right() {
        let mut picture = Picture::filled(Size::new(3, 2), [0, 0, 0, 255]);
        picture.rgba_mut()[0] = 200;

        let once = turned(picture.clone(), 1);
        let thrice = turned(picture.clone(), 3);

        assert_eq!(once.size(), Size::new(2, 3));
        assert_eq!(once.pixel_clamped(1, 0)[0], 200);
        assert_eq!(thrice.pixel_clamped(0, 2)[0], 200);
        assert_eq!(turned(once, 3), picture);
    }
}
