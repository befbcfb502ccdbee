//! A wide blur: three successive box blurs, which approximate a Gaussian (Wells, PAMI 1986).

use crate::domain::frame::Picture;

/// Passes of the box blur.
const PASSES: usize = 3;

/// Blurs the colours of `picture` with boxes of `2 * radius + 1` pixels; alpha is unchanged. Edge pixels
/// extend beyond the picture. The blur averages sRGB-encoded values.
pub fn blur(picture: &mut Picture, radius: usize) {
    let size = picture.size();
    let (width, height) = (size.width as usize, size.height as usize);
    let mut line = vec![[0_u8; 3]; width.max(height)];
    for _ in 0..PASSES {
        for y in 0..height {
            blur_line(
                picture.rgba_mut(),
                y * width * 4,
                4,
                width,
                radius,
                &mut line,
            );
        }
        for x in 0..width {
            blur_line(
                picture.rgba_mut(),
                x * 4,
                width * 4,
                height,
                radius,
                &mut line,
            );
        }
    }
}

/// Blurs `count` pixels that start at `start`, `step` bytes apart. `line` is a scratch buffer.
fn blur_line(
    rgba: &mut [u8],
    start: usize,
    step: usize,
    count: usize,
    radius: usize,
    line: &mut [[u8; 3]],
) {
    for (i, pixel) in line.iter_mut().take(count).enumerate() {
        let at = start + i * step;
        if let Some(&[r, g, b]) = rgba.get(at..at + 3) {
            *pixel = [r, g, b];
        }
    }
    let last = count.saturating_sub(1);
    let at = |i: usize, channel: usize| u32::from(line[i.min(last)][channel]);
    let window = (2 * radius + 1) as u32;
    for channel in 0..3 {
        let mut sum = at(0, channel) * (radius as u32 + 1);
        sum += (1..=radius).map(|i| at(i, channel)).sum::<u32>();
        for i in 0..count {
            if let Some(out) = rgba.get_mut(start + i * step + channel) {
                *out = ((sum + window / 2) / window) as u8;
            }
            sum += at(i + radius + 1, channel);
            sum -= at(i.saturating_sub(radius), channel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    #[test]
    fn a_flat_picture_stays_as_it_is() {
        let mut picture = Picture::filled(Size::new(9, 5), [1, 128, 255, 60]);
        let before = picture.clone();

        blur(&mut picture, 3);

        assert_eq!(picture, before);
    }

    #[test]
    fn a_dot_spreads_and_fades() {
        let mut picture = Picture::filled(Size::new(33, 33), [0, 0, 0, 255]);
        let middle = (16 * 33 + 16) * 4;
        picture.rgba_mut()[middle] = 255;

        blur(&mut picture, 1);

        assert!(picture.pixel_clamped(16, 16)[0] < 40);
        assert!(picture.pixel_clamped(18, 16)[0] > 0);
        assert_eq!(picture.pixel_clamped(25, 16)[0], 0);
    }
}
