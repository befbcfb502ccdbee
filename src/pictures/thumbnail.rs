//! Small square pictures for the style strip.

use crate::domain::frame::{Picture, Size};

/// Side of a thumbnail in pixels: twice its size on the screen, for high-density displays.
const SIDE: u32 = 160;
/// Samples per output pixel along each axis; sufficient for pictures up to eight times as large.
const TAPS: u32 = 4;

/// Returns the central square of `picture` with a side of `SIDE` pixels, averaged in sRGB encoding, which
/// suffices for a thumbnail.
pub fn thumbnail(picture: &Picture) -> Picture {
    let size = picture.size();
    let side = f64::from(size.width.min(size.height));
    let left = (f64::from(size.width) - side) / 2.0;
    let top = (f64::from(size.height) - side) / 2.0;
    let step = side / f64::from(SIDE * TAPS);
    let mut small = Picture::filled(Size::new(SIDE, SIDE), [0, 0, 0, 255]);
    for (at, pixel) in small
        .rgba_mut()
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .enumerate()
    {
        let (x, y) = (at as u32 % SIDE, at as u32 / SIDE);
        let mut sum = [0_u32; 4];
        for tap in 0..TAPS * TAPS {
            let u = left + (f64::from(x * TAPS + tap % TAPS) + 0.5) * step;
            let v = top + (f64::from(y * TAPS + tap / TAPS) + 0.5) * step;
            let source = picture.pixel_clamped(u as i64, v as i64);
            for (sum, channel) in sum.iter_mut().zip(source) {
                *sum += u32::from(channel);
            }
        }
        *pixel = sum.map(|channel| (channel / (TAPS * TAPS)) as u8);
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_is_the_middle_square() {
        let mut wide = Picture::filled(Size::new(400, 100), [255, 0, 0, 255]);
        for (at, pixel) in wide
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            if (150..250).contains(&(at % 400)) {
                *pixel = [0, 0, 255, 255];
            }
        }

        let small = thumbnail(&wide);

        assert_eq!(
            small,
            Picture::filled(Size::new(SIDE, SIDE), [0, 0, 255, 255])
        );
    }
}
