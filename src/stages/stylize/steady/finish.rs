//! [`Finisher`]: the last touch on what is shown: the photo's shading, and crisp strokes.

use crate::stages::stylize::steady::crisp::{Coring, Crispness, Detail};
use crate::stages::stylize::steady::grid::PATCH;
use crate::stages::stylize::steady::sample::{Pixel, grey};
use crate::stages::stylize::steady::shading::{Manner, Shading};

/// The most that detail is changed by, of 255: lips and lids are crisp enough.
const MOST: f32 = 20.0;

/// What is remembered of one subject.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    manner: Option<Manner>,
    detail: Detail,
}

/// Keeps its buffers between frames.
#[derive(Debug, Default)]
pub(super) struct Finisher {
    light: Vec<f32>,
    seen: Vec<bool>,
    shading: Shading,
    crispness: Crispness,
    lines: [Vec<f32>; 2],
}

impl Finisher {
    /// Writes `shown` into `out` (RGBA; alpha stays), finished. `photo` is the photo's brightness; all
    /// are in rows of `width`, of a crop that is `whole` pixels wide.
    pub(super) fn finish(
        &mut self,
        (photo, shown): (&[f32], &[Pixel]),
        (width, whole): (usize, usize),
        coring: Coring,
        remembered: &mut Remembered,
        out: &mut [u8],
    ) {
        self.light.clear();
        let light = shown.iter().map(grey);
        self.light.extend(light);
        self.look_for_alpha(out, width);
        let Remembered { manner, detail } = remembered;
        self.shading
            .measure([photo, &self.light], (width, whole), &self.seen, manner);
        self.crispness
            .measure(&self.light, width, &self.seen, coring, detail);
        let [added, shares] = &mut self.lines;
        let details = self.crispness.detail().chunks_exact(width);
        let rows = shown.chunks_exact(width).zip(details);
        for (y, (out, (shown, detail))) in out.chunks_exact_mut(width * 4).zip(rows).enumerate() {
            self.shading.added().pixels(y, width, added);
            self.crispness.shares().pixels(y, width, shares);
            for (added, (share, detail)) in added.iter_mut().zip(shares.iter().zip(detail)) {
                *added += (share * detail).clamp(-MOST, MOST);
            }
            let pixels = out.as_chunks_mut::<4>().0.iter_mut().zip(shown);
            for ((out, shown), added) in pixels.zip(added.iter()) {
                let [r, g, b, _] = shown.map(|value| byte(value + added));
                *out = [r, g, b, out[3]];
            }
        }
    }

    /// Notes which patches show, by their first pixel.
    fn look_for_alpha(&mut self, rgba: &[u8], width: usize) {
        self.seen.clear();
        for row in rgba.chunks_exact(width * 4).step_by(PATCH) {
            let pixels = row.as_chunks::<4>().0.iter().step_by(PATCH);
            self.seen.extend(pixels.map(|pixel| pixel[3] > 0));
        }
    }
}

/// The nearest byte. A float this large has its last whole number in its lowest bits, which takes a third
/// of a cast's time.
#[inline]
fn byte(value: f32) -> u8 {
    const LARGE: f32 = 8_388_608.0;
    (value.clamp(0.0, 255.0) + LARGE).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_nearest_and_end_at_black_and_white() {
        for (value, wanted) in [(-9.0, 0), (0.4, 0), (0.6, 1), (127.3, 127), (254.7, 255)] {
            assert_eq!(byte(value), wanted, "{value}");
        }
        assert_eq!((byte(1e9), byte(f32::NAN)), (255, 0));
    }
}
