//! Picture similarity: PSNR and SSIM as in super-resolution papers, on luma only, without a border.
//!
//! Two variants of SSIM exist, and their values are not comparable: a window of fixed size ([`ssim`]),
//! and daala's, with a window that scales with the picture ([`ssim_daala`]).

use crate::domain::frame::Picture;

/// SSIM's two constants for values up to 255 (Wang et al. 2004).
const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);

/// Half the fixed window, pixels: 11 in total.
const WINDOW_REACH: usize = 5;

/// Standard deviation of the fixed window, pixels.
const WINDOW_SIGMA: f64 = 1.5;

/// One integer per pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    width: usize,
    height: usize,
    values: Vec<f64>,
}

/// Definition of brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brightness {
    /// BT.601 luma in `[16, 235]`, for colour pictures.
    Studio,
    /// The grey value in `[0, 255]`, for grey files, which evaluations use as luma.
    Grey,
}

impl Plane {
    /// Returns the integer brightness of `picture` without `border` pixels at each side.
    pub fn of(picture: &Picture, brightness: Brightness, border: u32) -> Self {
        let (size, border) = (picture.size(), border as usize);
        let row_bytes = (size.width as usize * 4).max(4);
        let width = (size.width as usize).saturating_sub(2 * border);
        let height = (size.height as usize).saturating_sub(2 * border);
        let mut values = Vec::with_capacity(width * height);
        let rows = picture.rgba().chunks_exact(row_bytes);
        for row in rows.skip(border).take(height) {
            let (pixels, _) = row.as_chunks::<4>();
            let inner = pixels.iter().skip(border).take(width);
            values.extend(inner.map(|&[r, g, b, _]| {
                let [r, g, b] = [r, g, b].map(f64::from);
                let exact = match brightness {
                    Brightness::Studio => 16.0 + (65.481 * r + 128.553 * g + 24.966 * b) / 255.0,
                    Brightness::Grey => 0.299 * r + 0.587 * g + 0.114 * b,
                };
                (exact + 0.5).floor()
            }));
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// Combines two planes of the same size pixel by pixel.
    fn with(&self, other: &Self, mix: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            values: pairs.map(|(&a, &b)| mix(a, b)).collect(),
            ..*self
        }
    }

    /// Returns weighted window sums. Parts of a window beyond the border are omitted.
    fn summed(&self, kernel: &[f64]) -> Self {
        let reach = kernel.len() / 2;
        let mut along = vec![0.0; self.values.len()];
        let rows = self.values.chunks_exact(self.width.max(1));
        for (from, to) in rows.zip(along.chunks_exact_mut(self.width.max(1))) {
            for (x, sum) in to.iter_mut().enumerate() {
                let first = x.saturating_sub(reach);
                let inside = from.iter().skip(first);
                let weights = kernel.iter().skip(first + reach - x);
                *sum = inside.zip(weights).map(|(v, w)| v * w).sum();
            }
        }
        let mut values = vec![0.0; self.values.len()];
        for (y, to) in values.chunks_exact_mut(self.width.max(1)).enumerate() {
            let first = y.saturating_sub(reach);
            let rows = along.chunks_exact(self.width.max(1)).skip(first);
            for (row, weight) in rows.zip(kernel.iter().skip(first + reach - y)) {
                for (sum, value) in to.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
        }
        Self { values, ..*self }
    }

    /// Returns the mean over windows of reach `reach` that lie completely inside.
    fn inner_mean(&self, reach: usize) -> f64 {
        let rows = self.values.chunks_exact(self.width.max(1));
        let rows = rows.skip(reach).take(self.height.saturating_sub(2 * reach));
        let columns = self.width.saturating_sub(2 * reach);
        let (mut sum, mut count) = (0.0, 0_u32);
        for value in rows.flat_map(|row| row.iter().skip(reach).take(columns)) {
            sum += value;
            count += 1;
        }
        sum / f64::from(count.max(1))
    }
}

/// Returns the peak signal-to-noise ratio of two planes of one size, dB; 120 if they are equal.
pub fn psnr(a: &Plane, b: &Plane) -> f64 {
    let squares = a.with(b, |x, y| (x - y) * (x - y));
    let mean = squares.values.iter().sum::<f64>() / squares.values.len().max(1) as f64;
    10.0 * (255.0 * 255.0 / mean.max(255.0 * 255.0 * 1e-12)).log10()
}

/// Window sums of two planes, their squares and their product.
struct Moments {
    a: Plane,
    b: Plane,
    aa: Plane,
    bb: Plane,
    ab: Plane,
    /// Sum of the weights, which is smaller at the border.
    weight: Plane,
}

impl Moments {
    fn of(a: &Plane, b: &Plane, kernel: &[f64]) -> Self {
        let product = |x: &Plane, y: &Plane| x.with(y, |v, w| v * w).summed(kernel);
        Self {
            aa: product(a, a),
            bb: product(b, b),
            ab: product(a, b),
            a: a.summed(kernel),
            b: b.summed(kernel),
            weight: a.with(b, |_, _| 1.0).summed(kernel),
        }
    }

    /// Returns SSIM at one pixel.
    fn likeness(&self, at: usize) -> Option<f64> {
        let weight = *self.weight.values.get(at)?;
        let mean = |plane: &Plane| plane.values.get(at).map(|sum| sum / weight);
        let (a, b) = (mean(&self.a)?, mean(&self.b)?);
        let spread = mean(&self.aa)? - a * a + mean(&self.bb)? - b * b;
        let both = mean(&self.ab)? - a * b;
        let above = (2.0 * a * b + C1) * (2.0 * both + C2);
        Some(above / ((a * a + b * b + C1) * (spread + C2)))
    }

    fn map(&self) -> Plane {
        let likeness = |at| self.likeness(at).unwrap_or_default();
        Plane {
            values: (0..self.a.values.len()).map(likeness).collect(),
            ..self.a
        }
    }
}

/// Returns the structural similarity of two planes of one size: a Gaussian window of 11 pixels with sigma
/// 1.5, complete windows only. Equal planes give 1.
pub fn ssim(a: &Plane, b: &Plane) -> f64 {
    let bell = |i: usize| {
        let far = (i as f64 - WINDOW_REACH as f64) / WINDOW_SIGMA;
        (-0.5 * far * far).exp()
    };
    let kernel: Vec<f64> = (0..=2 * WINDOW_REACH).map(bell).collect();
    let sum: f64 = kernel.iter().sum();
    let kernel: Vec<f64> = kernel.iter().map(|w| w / sum).collect();
    Moments::of(a, b, &kernel).map().inner_mean(WINDOW_REACH)
}

/// Returns the structural similarity as computed by Xiph's daala tools, which the SRGAN paper used: sigma
/// is the height times 1.5 / 256, window weights are multiples of 1/256, and windows at the border count
/// with their remaining weight.
pub fn ssim_daala(a: &Plane, b: &Plane) -> f64 {
    let sigma = a.height as f64 * 1.5 / 256.0;
    let moments = Moments::of(a, b, &whole_bell(sigma, a.width.min(a.height)));
    let weights = &moments.weight.values;
    let weighted = moments.map().values;
    let sum: f64 = weighted.iter().zip(weights).map(|(v, w)| v * w).sum();
    sum / weights.iter().sum::<f64>().max(1.0)
}

/// Returns a Gaussian with integer weights and a total of 256, at most `longest` wide, which includes all
/// weights that round to at least one.
fn whole_bell(sigma: f64, longest: usize) -> Vec<f64> {
    const WHOLE: f64 = 256.0;
    let height = WHOLE / (std::f64::consts::TAU.sqrt() * sigma);
    // Distance at which the weight falls to one half.
    let falls = sigma * (2.0 * (2.0 * height).max(1.0).ln()).sqrt();
    let reach = (falls as usize).min((longest / 2).saturating_sub(1));
    let side = |i: usize| (height * (-0.5 * (i as f64 / sigma).powi(2)).exp() + 0.5).floor();
    let side: Vec<f64> = (1..=reach).map(side).collect();
    let middle = WHOLE - 2.0 * side.iter().sum::<f64>();
    let left = side.iter().rev().copied();
    left.chain([middle]).chain(side.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    /// Returns two similar pictures of 48x40 that any program can reproduce.
    fn pair() -> [Picture; 2] {
        let size = Size::new(48, 40);
        [0, 1].map(|noise| {
            let pixel = |i: i32| {
                let (x, y) = (i % 48, i / 48);
                let shift = noise * ((x * 7 + y * 13) % 11 - 5);
                let value = |v: i32| (v % 256 + shift).clamp(0, 255) as u8;
                let green = y * 6 + 7 * (x % 3);
                [value(x * 5 + y), value(green), value(x * 3 + y * 2), 255]
            };
            Picture::from_rgba(size, (0..48 * 40).flat_map(pixel).collect()).unwrap()
        })
    }

    fn planes() -> [Plane; 2] {
        pair().map(|picture| Plane::of(&picture, Brightness::Studio, 4))
    }

    #[test]
    fn psnr_and_ssim_are_those_of_a_separate_reckoning() {
        let [a, b] = planes();

        // Reference values from NumPy and OpenCV.
        assert!((psnr(&a, &b) - 39.345_496).abs() < 1e-5, "{}", psnr(&a, &b));
        assert!((ssim(&a, &b) - 0.949_045).abs() < 1e-5, "{}", ssim(&a, &b));
    }

    #[test]
    fn equal_pictures_are_wholly_alike_and_brightness_is_that_of_bt_601() {
        let [a, _] = planes();

        assert!((psnr(&a, &a) - 120.0).abs() < 1e-9);
        assert!((ssim(&a, &a) - 1.0).abs() < 1e-12);
        assert!((ssim_daala(&a, &a) - 1.0).abs() < 1e-12);
        let white = Picture::filled(Size::new(1, 1), [255; 4]);
        assert_eq!(Plane::of(&white, Brightness::Studio, 0).values, [235.0]);
        assert_eq!(Plane::of(&white, Brightness::Grey, 0).values, [255.0]);
    }

    #[test]
    fn daalas_window_grows_with_the_height_and_sums_to_256() {
        let (small, large) = (whole_bell(0.75, 128), whole_bell(3.0, 512));

        assert!(small.len() < large.len());
        for window in [small, large] {
            assert_eq!(window.iter().sum::<f64>(), 256.0);
            assert!(window.iter().all(|w| *w >= 1.0));
        }
    }

    #[test]
    fn pictures_too_small_for_the_border_give_numbers_and_no_panic() {
        let dot = Picture::filled(Size::new(3, 2), [9, 9, 9, 255]);
        let plane = Plane::of(&dot, Brightness::Studio, 4);

        assert!(psnr(&plane, &plane).is_finite());
        assert!(ssim(&plane, &plane).is_finite() && ssim_daala(&plane, &plane).is_finite());
    }
}
