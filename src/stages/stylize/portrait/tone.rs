//! The style's tones: [`Curve`] gives my face the brightnesses of the painted one, [`Palette`]
//! tells which colour the painter used for a brightness. Brightness is the luma of sRGB-encoded
//! values, `[0, 255]` (Rec. 601).

/// Counts of brightnesses, smoothed.
pub type Histogram = [f32; 256];

/// Most contrast that the straight part of a curve adds.
const MOST_CONTRAST: f32 = 1.6;

/// The part of the straight line in a curve; the rest matches the histograms wholly.
const STRAIGHT: f32 = 0.5;

/// Luma of a pixel, `[0, 255]`.
pub fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Each count spread over its neighbours, 8 to each side.
fn smoothed(counts: &Histogram) -> Histogram {
    std::array::from_fn(|i| {
        let (from, to) = (i.saturating_sub(8), (i + 9).min(256));
        counts[from..to].iter().sum::<f32>() / (to - from) as f32
    })
}

/// Mean and standard deviation.
fn moments(counts: &Histogram) -> (f32, f32) {
    let total = counts.iter().sum::<f32>().max(1e-6);
    let weighted = |f: &dyn Fn(f32) -> f32| {
        let sum: f32 = counts
            .iter()
            .enumerate()
            .map(|(i, n)| n * f(i as f32))
            .sum();
        sum / total
    };
    let mean = weighted(&|v| v);
    (mean, weighted(&|v| (v - mean).powi(2)).sqrt().max(1.0))
}

/// A brightness for every brightness; never falls.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve(pub [f32; 256]);

impl Curve {
    /// The curve that takes the brightnesses counted in `own` to those in `reference`: half way
    /// between matched histograms and matched mean and spread, since the former alone makes
    /// posters of flat faces.
    pub fn matched(own: &Histogram, reference: &Histogram) -> Self {
        let (from, to) = (smoothed(own), smoothed(reference));
        let (total, wanted) = (from.iter().sum::<f32>(), to.iter().sum::<f32>());
        if total <= 0.0 || wanted <= 0.0 {
            return Self(std::array::from_fn(|i| i as f32));
        }
        let ((mean, spread), (aim, width)) = (moments(own), moments(reference));
        let contrast = (width / spread).min(MOST_CONTRAST);
        let (mut below, mut reached, mut tone) = (0.0, 0.0, 0_usize);
        Self(std::array::from_fn(|i| {
            let rank = (below + 0.5 * from[i]) / total;
            below += from[i];
            while tone < 255 && (reached + to[tone]) / wanted < rank {
                reached += to[tone];
                tone += 1;
            }
            let inside = (rank * wanted - reached) / to[tone].max(1e-6);
            let matched = tone as f32 + inside.clamp(0.0, 1.0) - 0.5;
            let straight = aim + (i as f32 - mean) * contrast;
            STRAIGHT * straight + (1.0 - STRAIGHT) * matched
        }))
    }

    /// Moves this curve towards `aim` by `amount` in `[0, 1]`.
    pub fn approach(&mut self, aim: &Self, amount: f32) {
        for (value, aim) in self.0.iter_mut().zip(&aim.0) {
            *value += (aim - *value) * amount;
        }
    }

    /// The brightness for a brightness.
    pub fn at(&self, brightness: f32) -> f32 {
        let v = brightness.clamp(0.0, 255.0);
        let i = (v as usize).min(254);
        self.0[i] + (self.0[i + 1] - self.0[i]) * (v - i as f32)
    }
}

/// The painter's mean colour for every brightness; its luma is that brightness.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette(pub [[f32; 3]; 256]);

impl Palette {
    /// Of colours with weights.
    pub fn of(colours: impl Iterator<Item = ([f32; 3], f32)>) -> Self {
        const REACH: f32 = 10.0;
        let mut sums = [[0.0_f32; 4]; 256];
        for (colour, weight) in colours {
            let sum = &mut sums[(luma(colour) as usize).min(255)];
            for (to, value) in sum.iter_mut().zip(colour.into_iter().chain([1.0])) {
                *to += value * weight;
            }
        }
        Self(std::array::from_fn(|i| {
            let mut near = [0.0_f32; 4];
            for (k, sum) in sums.iter().enumerate() {
                // The tail reaches every tone, so that one the painter never used takes the
                // colour of the nearest that he did.
                let far = (k as f32 - i as f32).abs() / REACH;
                let weight = (-0.5 * far * far).exp() + 1e-6 / (1.0 + far * far * far * far);
                for (to, value) in near.iter_mut().zip(sum) {
                    *to += weight * value;
                }
            }
            let count = near[3].max(1e-12);
            let colour = [near[0] / count, near[1] / count, near[2] / count];
            let lift = i as f32 - luma(colour);
            colour.map(|v| v + lift)
        }))
    }

    /// The colour for a brightness.
    pub fn at(&self, brightness: f32) -> [f32; 3] {
        let v = brightness.clamp(0.0, 255.0);
        let i = (v as usize).min(254);
        let (low, high, f) = (self.0[i], self.0[i + 1], v - i as f32);
        std::array::from_fn(|c| low[c] + (high[c] - low[c]) * f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bump of brightnesses around `middle`.
    fn bump(middle: f32, width: f32) -> Histogram {
        std::array::from_fn(|i| (-((i as f32 - middle) / width).powi(2)).exp())
    }

    #[test]
    fn a_curve_takes_mean_to_mean_and_never_falls() {
        let curve = Curve::matched(&bump(90.0, 20.0), &bump(170.0, 30.0));

        assert!((curve.at(90.0) - 170.0).abs() < 3.0, "{}", curve.at(90.0));
        assert!(curve.0.windows(2).all(|pair| pair[1] >= pair[0] - 1e-3));
    }

    #[test]
    fn like_on_like_changes_little_and_an_empty_count_nothing() {
        let curve = Curve::matched(&bump(120.0, 25.0), &bump(120.0, 25.0));
        assert!((100..140).all(|v| (curve.at(v as f32) - v as f32).abs() < 2.0));

        assert_eq!(Curve::matched(&[0.0; 256], &bump(9.0, 2.0)).at(77.5), 77.5);
    }

    #[test]
    fn a_palette_knows_the_painters_colour_and_keeps_the_brightness() {
        let orange = [200.0, 120.0, 40.0];
        let palette = Palette::of(std::iter::once((orange, 1.0)));

        let at = palette.at(luma(orange));
        assert!(at[0] > at[1] && at[1] > at[2]);
        for v in [0.0, 60.0, 250.0] {
            assert!((luma(palette.at(v)) - v).abs() < 0.1);
        }
    }
}
