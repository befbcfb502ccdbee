//! [`Tones`]: maps a photo's brightness to the reference's tones.
//!
//! The curve is fitted to a fixed population of faces instead of the crop: dark skin therefore stays
//! darker than light skin, and a dim room darker than a bright one.

/// Brightness of a photographed head, `[0, 255]`: quantiles at every sixteenth, means over 90 heads with
/// many skin and hair colours.
const POPULATION: [f32; STEPS + 1] = [
    10.0, 36.0, 48.0, 58.0, 68.0, 77.0, 86.0, 95.0, 105.0, 116.0, 127.0, 137.0, 147.0, 158.0,
    168.0, 181.0, 221.0,
];

const STEPS: usize = 16;

/// Weight of quantile matching; the rest maps a photo's usual range linearly to the reference's.
const BY_QUANTILES: f32 = 0.1;

/// Usual brightness range of a head, almost without outliers.
const DARK: f32 = 18.0;
const BRIGHT: f32 = 212.0;

/// A brightness for each byte value.
#[derive(Debug, Clone)]
pub(super) struct Tones {
    curve: Vec<f32>,
    /// Gain of contrast.
    pub(super) slope: f32,
}

impl Tones {
    /// Fits the curve to the brightness values of a reference.
    pub(super) fn to(values: &[f32]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f32::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let quantile = |i: usize| sorted.get(i * last / STEPS).copied().unwrap_or(128.0);
        let ends: Vec<f32> = (0..=STEPS).map(quantile).collect();
        let (from, to) = (moments(&POPULATION), moments(&ends));
        let part = |share: f32| {
            let at = (share * last as f32) as usize;
            sorted.get(at).copied().unwrap_or(128.0)
        };
        let (low, high) = (part(0.01), part(0.99));
        let at = |value: f32| {
            let next = POPULATION
                .iter()
                .position(|end| *end > value)
                .unwrap_or(STEPS);
            let (i, j) = (next.saturating_sub(1), next);
            let part = (value - POPULATION[i]) / (POPULATION[j] - POPULATION[i]).max(1.0);
            let matched = ends[i] + (ends[j] - ends[i]) * part.clamp(0.0, 1.0);
            let range = (value - DARK) / (BRIGHT - DARK) * (high - low) + low;
            (BY_QUANTILES * matched + (1.0 - BY_QUANTILES) * range).clamp(low, high)
        };
        Self {
            curve: (0..256).map(|value| at(value as f32)).collect(),
            slope: to[1] / from[1],
        }
    }

    /// Interpolates between these tones (0) and others (1).
    pub(super) fn mixed(&self, other: &Self, part: f32) -> Self {
        let between = |a: f32, b: f32| a + (b - a) * part;
        let pairs = self.curve.iter().zip(&other.curve);
        Self {
            curve: pairs.map(|(a, b)| between(*a, *b)).collect(),
            slope: between(self.slope, other.slope),
        }
    }

    /// Returns the darkest and the lightest tone.
    pub(super) fn ends(&self) -> [f32; 2] {
        [self.curve[0], self.curve[255]]
    }

    /// Returns the tone of a brightness.
    #[inline]
    pub(super) fn of(&self, value: f32) -> f32 {
        let value = value.clamp(0.0, 254.99);
        let i = value as usize;
        self.curve[i] + (self.curve[i + 1] - self.curve[i]) * (value - i as f32)
    }
}

/// Returns mean and standard deviation.
fn moments(values: &[f32]) -> [f32; 2] {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / count;
    [mean, squares.sqrt().max(1.0)]
}
