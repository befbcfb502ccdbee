//! [`Levels`]: matches contrast and colourfulness of the painting to the reference's. Patch votes are
//! means, which reduces both.

use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::plane::luma;

/// Weight of new levels per frame, which avoids pumping.
const ADAPTS: f32 = 0.08;

/// Largest gains of contrast and colour.
const STRONGEST_CONTRAST: f32 = 1.35;
const STRONGEST_COLOUR: f32 = 1.5;

/// Contrast and colourfulness of a picture, `[0, 255]`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    /// Mean brightness.
    mean: f32,
    /// Range from the darkest 2 % to the lightest 2 %.
    contrast: f32,
    /// Distance from grey that 10 % of the pixels exceed.
    colour: f32,
}

impl Range {
    /// Measures pixels; all values are 0 without pixels.
    pub(super) fn of(pixels: impl Iterator<Item = [u8; 3]>) -> Self {
        let (mut lights, mut colours) = ([0_u32; 256], [0_u32; 256]);
        let (mut count, mut sum) = (0_u32, 0.0_f64);
        for pixel in pixels {
            let [r, g, b] = pixel.map(f32::from);
            let light = luma([r, g, b]);
            let away = (r - light).abs().max((b - light).abs());
            lights[light as usize & 255] += 1;
            colours[away as usize & 255] += 1;
            (count, sum) = (count + 1, sum + f64::from(light));
        }
        let part = |bins: &[u32; 256], share: f32| {
            let wanted = (share * count as f32) as u32;
            let mut passed = 0;
            let at = bins.iter().position(|bin| {
                passed += bin;
                passed > wanted
            });
            at.unwrap_or(0) as f32
        };
        Self {
            mean: (sum / f64::from(count.max(1))) as f32,
            contrast: part(&lights, 0.98) - part(&lights, 0.02),
            colour: part(&colours, 0.9),
        }
    }

    /// Interpolates between this (0) and another (1).
    pub(super) fn mixed(self, other: Self, part: f32) -> Self {
        let between = |a: f32, b: f32| a + (b - a) * part;
        Self {
            mean: between(self.mean, other.mean),
            contrast: between(self.contrast, other.contrast),
            colour: between(self.colour, other.colour),
        }
    }
}

/// Linear gains of brightness and colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Levels {
    /// Brightness that stays unchanged.
    pivot: f32,
    contrast: f32,
    colour: f32,
}

impl Levels {
    /// Computes the levels from a painting and its reference.
    pub(super) fn of(painted: Range, reference: Range) -> Self {
        let times = |wanted: f32, has: f32, most: f32| (wanted / has.max(1.0)).clamp(1.0, most);
        Self {
            pivot: painted.mean,
            contrast: times(reference.contrast, painted.contrast, STRONGEST_CONTRAST),
            colour: times(reference.colour, painted.colour, STRONGEST_COLOUR),
        }
    }

    /// Moves `known` a step towards this, or returns this without known levels.
    pub(super) fn eased(self, known: Option<Self>) -> Self {
        let known = known.unwrap_or(self);
        let step = |from: f32, to: f32| from + (to - from) * ADAPTS;
        Self {
            pivot: step(known.pivot, self.pivot),
            contrast: step(known.contrast, self.contrast),
            colour: step(known.colour, self.colour),
        }
    }

    /// Returns a pixel with the gains applied and brightened by `lift`.
    #[inline]
    pub(super) fn stretch(self, pixel: [u8; 3], lift: f32) -> [u8; 3] {
        let pixel = pixel.map(f32::from);
        let light = luma(pixel);
        let wanted = self.pivot + (light - self.pivot) * self.contrast + lift;
        pixel.map(|value| (wanted + (value - light) * self.colour + 0.5) as u8)
    }
}

/// Measures every ninth pixel that is visible.
pub(super) fn range_of(painted: &Pixels, shows: impl Fn(usize, usize) -> bool) -> Range {
    const EVERY: usize = 3;
    let rows = (0..painted.height).step_by(EVERY);
    let places = rows.flat_map(|y| (0..painted.width).step_by(EVERY).map(move |x| (x, y)));
    Range::of(
        places
            .filter(|(x, y)| shows(*x, *y))
            .map(|(x, y)| painted.pixels()[y * painted.width + x]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the range of greys from `low` to `high`.
    fn greys(low: u8, high: u8) -> Range {
        Range::of((low..=high).map(|value| [value; 3]))
    }

    #[test]
    fn a_pale_painting_gets_the_contrast_and_colour_of_its_reference() {
        let (pale, strong) = ([150, 120, 110], [180, 110, 80]);
        let painted = Range::of([[90; 3], pale, [170; 3]].into_iter());
        let reference = Range::of([[80; 3], strong, [180; 3]].into_iter());
        let levels = Levels::of(painted, reference);
        let [dark, coloured, light] = [[90; 3], pale, [170; 3]].map(|p| levels.stretch(p, 0.0));

        assert!(dark[0] < 85 && light[0] > 175, "{dark:?} {light:?}");
        assert!(coloured[0] - coloured[2] > 50, "{coloured:?}");
        assert_eq!(levels.stretch([100; 3], 20.0), {
            let [grey, ..] = levels.stretch([100; 3], 0.0);
            [grey + 20; 3]
        });
    }

    #[test]
    fn a_painting_as_strong_as_its_reference_stays() {
        let levels = Levels::of(greys(20, 240), greys(60, 200));

        assert_eq!(levels.stretch([200, 30, 90], 0.0), [200, 30, 90]);
    }

    #[test]
    fn nothing_gets_too_strong_and_change_is_slow() {
        let strongest = Levels::of(greys(120, 130), greys(0, 255));
        let mild = Levels::of(greys(0, 255), greys(0, 255));
        let next = strongest.eased(Some(mild));

        assert!((strongest.contrast - STRONGEST_CONTRAST).abs() < 1e-6);
        assert!(next.contrast > 1.0 && next.contrast < 1.05);
        assert_eq!(strongest.eased(None), strongest);
        assert_eq!(Range::of(std::iter::empty()).contrast as i32, 0);
    }
}
