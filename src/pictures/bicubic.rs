//! Bicubic resizing as in MATLAB's `imresize` for 8-bit pictures, the standard of super-resolution
//! benchmarks: Keys' kernel with a = -0.5, widened for reduction, the signal mirrored at its border, rows
//! first, rounded to integers after each axis.

use crate::domain::frame::{Picture, Size};

/// Half the kernel's width, in samples of the coarser grid.
const REACH: f64 = 2.0;

/// A scale factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Enlargement by this factor.
    Up(u32),
    /// Reduction by this factor.
    Down(u32),
}

impl Scale {
    fn factor(self) -> f64 {
        match self {
            Self::Up(times) => f64::from(times),
            Self::Down(times) => 1.0 / f64::from(times.max(1)),
        }
    }

    fn length(self, from: u32) -> u32 {
        match self {
            Self::Up(times) => from.saturating_mul(times),
            Self::Down(times) => from.div_ceil(times.max(1)),
        }
    }
}

/// The input samples of one output sample, with weights that sum to 1.
type Taps = Vec<(usize, f64)>;

/// Returns `picture` resized; alpha is resized like a colour.
pub fn bicubic(picture: &Picture, scale: Scale) -> Picture {
    let size = picture.size();
    let (width, height) = (scale.length(size.width), scale.length(size.height));
    let tall = along_columns(picture, &taps(size.height, scale), height);
    along_rows(&tall, &taps(size.width, scale), width)
}

/// Returns the value of Keys' kernel.
fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < REACH {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// Returns the taps of every output sample of one axis.
fn taps(length: u32, scale: Scale) -> Vec<Taps> {
    let factor = scale.factor();
    let stretch = (1.0 / factor).max(1.0);
    let period = 2 * i64::from(length.max(1));
    let mirrored = |at: i64| {
        let folded = at.rem_euclid(period);
        folded.min(period - 1 - folded) as usize
    };
    let of_sample = |i: u32| {
        let middle = (f64::from(i) + 0.5) / factor - 0.5;
        let first = (middle - REACH * stretch).ceil() as i64;
        let last = (middle + REACH * stretch).floor() as i64;
        let parts = (first..=last).map(|at| (at, cubic((middle - at as f64) / stretch)));
        let parts: Vec<(i64, f64)> = parts.collect();
        let sum: f64 = parts.iter().map(|(_, weight)| weight).sum();
        let weighted = parts.into_iter().map(|(at, w)| (mirrored(at), w / sum));
        weighted.collect()
    };
    (0..scale.length(length)).map(of_sample).collect()
}

/// Rounds to an integer in `[0, 255]`; halves round up.
fn byte(value: f64) -> u8 {
    // The cast saturates.
    (value + 0.5).floor() as u8
}

fn along_columns(picture: &Picture, taps: &[Taps], height: u32) -> Picture {
    let row_bytes = picture.size().width as usize * 4;
    let mut out = Vec::with_capacity(row_bytes * height as usize);
    let mut sums = vec![0.0; row_bytes];
    for taps in taps {
        sums.fill(0.0);
        for &(row, weight) in taps {
            let from = row * row_bytes;
            let from = picture.rgba().get(from..from + row_bytes);
            for (sum, &value) in sums.iter_mut().zip(from.unwrap_or_default()) {
                *sum += weight * f64::from(value);
            }
        }
        out.extend(sums.iter().map(|&sum| byte(sum)));
    }
    whole(Size::new(picture.size().width, height), out)
}

fn along_rows(picture: &Picture, taps: &[Taps], width: u32) -> Picture {
    let size = Size::new(width, picture.size().height);
    let mut out = Vec::with_capacity(size.pixels() * 4);
    let row_bytes = (picture.size().width as usize * 4).max(4);
    for row in picture.rgba().chunks_exact(row_bytes) {
        let (pixels, _) = row.as_chunks::<4>();
        for taps in taps {
            let mut sums = [0.0; 4];
            for &(column, weight) in taps {
                let pixel = pixels.get(column).copied().unwrap_or_default();
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += weight * f64::from(value);
                }
            }
            out.extend(sums.map(byte));
        }
    }
    whole(size, out)
}

/// Creates a picture; the bytes always match the size, hence the fallback only satisfies the type.
fn whole(size: Size, rgba: Vec<u8>) -> Picture {
    Picture::from_rgba(size, rgba).unwrap_or_else(|_| Picture::filled(size, [0, 0, 0, 255]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a row of grey pixels.
    fn row(values: &[u8]) -> Picture {
        let bytes = values.iter().flat_map(|&v| [v, v, v, 255]).collect();
        Picture::from_rgba(Size::new(values.len() as u32, 1), bytes).unwrap()
    }

    fn greys(picture: &Picture) -> Vec<u8> {
        picture.rgba().iter().step_by(4).copied().collect()
    }

    #[test]
    fn a_ramp_enlarged_has_the_values_of_imresize() {
        // The edges are flatter, because the signal is mirrored there.
        let large = bicubic(&row(&[0, 80, 160, 240]), Scale::Up(4));

        assert_eq!(
            greys(&large)[..16],
            [
                0, 0, 6, 24, 46, 69, 90, 110, 130, 150, 171, 194, 216, 234, 244, 249
            ]
        );
    }

    #[test]
    fn shrinking_averages_with_the_widened_kernel() {
        let stripes: Vec<u8> = (0..32).map(|i| if i % 2 == 0 { 0 } else { 200 }).collect();

        let small = bicubic(&row(&stripes), Scale::Down(4));

        assert_eq!(greys(&small), [86, 102, 100, 100, 100, 100, 98, 114]);
    }

    #[test]
    fn a_shrunk_row_has_the_values_of_imresize() {
        let small = bicubic(&row(&[10, 200, 30, 90, 255, 0, 128, 64]), Scale::Down(4));

        assert_eq!(greys(&small), [96, 99]);
    }

    #[test]
    fn a_flat_picture_stays_flat_and_alpha_stays_whole() {
        let flat = Picture::filled(Size::new(7, 5), [3, 128, 251, 255]);

        for scale in [Scale::Up(4), Scale::Down(4), Scale::Up(1)] {
            let resized = bicubic(&flat, scale);
            assert!(
                resized
                    .rgba()
                    .chunks_exact(4)
                    .all(|p| p == [3, 128, 251, 255])
            );
        }
        assert_eq!(bicubic(&flat, Scale::Down(4)).size(), Size::new(2, 2));
    }
}
