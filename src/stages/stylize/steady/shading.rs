//! [`Shading`]: the light and shade of the photo under the strokes.
//!
//! A style moves a brow, a nostril's shadow or a jaw by a little, and a picture that is held lags behind
//! the face. What is larger than a stroke and smaller than the head is therefore drawn towards what the
//! photo of this very frame shows there, in the contrast that the style has.

use crate::stages::stylize::steady::grid::{Grid, PATCH};

/// How far the style's shading is drawn towards the photo's.
const DRAWN: f32 = 0.7;

/// Half the width of the means that shading is told from, in widths of the crop: what is larger is
/// the style's own light.
const LARGEST: f32 = 0.2;

/// Least and most contrast of a style's shading over the photo's.
const CONTRAST: std::ops::RangeInclusive<f32> = 0.4..=1.6;

/// The photo's shading takes on this power of the style's contrast over its own.
const OF_THE_STYLE: f32 = 0.7;

/// Contrast of the photo, of 255, under which it has no shading to speak of.
const FLAT: f32 = 0.5;

/// From this correlation of both shadings on the photo's counts in full; from 0 down, as where a style
/// turns light into dark, not at all.
const ALIKE: f32 = 0.4;

/// How much of what was found in the frame before is kept.
const KEPT: f32 = 0.9;

/// What is remembered from frame to frame, so that the light does not pump.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    drawn: f32,
    contrast: f32,
}

/// What is added to brightness, a patch.
#[derive(Debug, Default)]
pub(super) struct Shading {
    photo: Grid,
    shown: Grid,
    scratch: Vec<f32>,
}

impl Shading {
    /// Finds what is to be added to a picture of brightness `shown` over a `photo`, both `[0, 255]` in
    /// rows of `width`, of a crop that is `whole` pixels wide; only patches that are `seen` count.
    /// `manner` is that of the frame before.
    pub(super) fn measure(
        &mut self,
        [photo, shown]: [&[f32]; 2],
        (width, whole): (usize, usize),
        seen: &[bool],
        manner: &mut Option<Manner>,
    ) {
        for (grid, light) in [(&mut self.photo, photo), (&mut self.shown, shown)] {
            grid.take_means(light, width);
            grid.soften();
            let large = ((whole / PATCH) as f32 * LARGEST) as usize;
            grid.take_away_means(large.max(1), &mut self.scratch);
        }
        let (photo, shown) = (&mut self.photo.values, &self.shown.values);
        let (mut squares, mut shared) = ([0.0; 2], 0.0);
        let pairs = photo.iter().zip(shown).zip(seen);
        for ((photo, shown), _) in pairs.filter(|(_, seen)| **seen) {
            squares[0] += photo * photo;
            squares[1] += shown * shown;
            shared += photo * shown;
        }
        let count = seen.iter().filter(|seen| **seen).count().max(1) as f32;
        let [of_photo, of_style] = squares.map(|sum: f32| (sum / count).sqrt().max(FLAT));
        let alike = shared / count / (of_photo * of_style);
        let found = Manner {
            drawn: DRAWN * (alike / ALIKE).clamp(0.0, 1.0),
            contrast: (of_style / of_photo)
                .powf(OF_THE_STYLE)
                .clamp(*CONTRAST.start(), *CONTRAST.end()),
        };
        let before = manner.unwrap_or(found);
        let blended = |found: f32, before: f32| found + (before - found) * KEPT;
        let now = Manner {
            drawn: blended(found.drawn, before.drawn),
            contrast: blended(found.contrast, before.contrast),
        };
        *manner = Some(now);
        for (photo, shown) in photo.iter_mut().zip(shown) {
            *photo = now.drawn * (now.contrast * *photo - shown);
        }
    }

    /// What is added, of 255.
    pub(super) fn added(&self) -> &Grid {
        &self.photo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;

    fn plane(at: impl Fn(f32, f32) -> f32) -> Vec<f32> {
        (0..SIDE * SIDE)
            .map(|i| at((i % SIDE) as f32, (i / SIDE) as f32))
            .collect()
    }

    /// The shading of a face whose shadow lies at `x`.
    fn shadow(x: f32, depth: f32) -> Vec<f32> {
        plane(|px, _| 150.0 - depth * (-((px - x) / 6.0).powi(2)).exp())
    }

    fn added(photo: &[f32], shown: &[f32]) -> Grid {
        let (mut shading, mut manner) = (Shading::default(), None);
        let seen = vec![true; SIDE * SIDE / 16];
        shading.measure([photo, shown], (SIDE, SIDE), &seen, &mut manner);
        shading.photo
    }

    fn mean_of(values: &[f32]) -> f32 {
        values.iter().map(|v| v.abs()).sum::<f32>() / values.len() as f32
    }

    #[test]
    fn a_shadow_that_lags_is_drawn_to_where_it_is() {
        let added = added(&shadow(36.0, 60.0), &shadow(30.0, 60.0));

        let at = |x: usize| added.values[8 * added.columns() + x / 4];
        assert!(at(40) < -5.0 && at(26) > 5.0, "{} {}", at(40), at(26));
    }

    #[test]
    fn shading_that_is_right_or_another_light_over_all_changes_nothing() {
        let photo = shadow(30.0, 60.0);
        let brighter: Vec<f32> = photo.iter().map(|v| v + 40.0).collect();

        assert!(mean_of(&added(&photo, &photo).values) < 0.01);
        assert!(mean_of(&added(&photo, &brighter).values) < 0.01);
    }

    #[test]
    fn a_style_that_turns_light_into_dark_is_left_alone() {
        let photo = shadow(30.0, 60.0);
        let negative: Vec<f32> = photo.iter().map(|v| 255.0 - v).collect();

        assert_eq!(mean_of(&added(&photo, &negative).values), 0.0);
    }
}
