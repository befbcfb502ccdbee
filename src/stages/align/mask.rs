//! [`HeadMask`]: the soft shape of a head in an aligned crop.
//!
//! An aligned head always has the same position and size, hence one shape serves every frame: a
//! superellipse around forehead, ears and chin, narrower at the jaw, which fades out inside the crop's
//! border.

use crate::domain::frame::Picture;

/// Vertical centre of the shape, crop sides from the top.
const MIDDLE_Y: f32 = 0.485;

/// Half the shape's width and height at half opacity, crop sides.
const HALF_WIDTH: f32 = 0.298;
const HALF_HEIGHT: f32 = 0.35;

/// Reduction of the width from ears to chin, as a fraction.
const JAW: f32 = 0.22;

/// Exponent of the superellipse: 2 is an ellipse, larger values are boxier.
const EXPONENT: f32 = 2.3;

/// Half the width of the fade, as a fraction of the distance from the centre.
const FEATHER: f32 = 0.2;

/// Alpha values of a crop, `[0, 255]`.
#[derive(Debug, Clone)]
pub struct HeadMask {
    side: u32,
    alpha: Vec<u8>,
}

impl HeadMask {
    /// Creates the mask for a crop of `side` × `side` pixels.
    pub fn new(side: u32) -> Self {
        let at = |i: u32| (i as f32 + 0.5) / side as f32;
        let alpha = (0..side * side)
            .map(|i| opacity(at(i % side) - 0.5, at(i / side) - MIDDLE_Y))
            .collect();
        Self { side, alpha }
    }

    /// Returns the side of matching crops, pixels.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Writes the mask into the alpha of `crop`.
    pub fn write_into_alpha(&self, crop: &mut Picture) {
        for (pixel, alpha) in crop.rgba_mut().chunks_exact_mut(4).zip(&self.alpha) {
            pixel[3] = *alpha;
        }
    }
}

/// Returns the opacity at `(x, y)`, crop sides from the shape's centre.
fn opacity(x: f32, y: f32) -> u8 {
    let half_width = HALF_WIDTH * (1.0 - JAW * (y / HALF_HEIGHT).clamp(0.0, 1.0));
    let from_middle = ((x / half_width).abs().powf(EXPONENT)
        + (y / HALF_HEIGHT).abs().powf(EXPONENT))
    .powf(1.0 / EXPONENT);
    let t = ((1.0 + FEATHER - from_middle) / (2.0 * FEATHER)).clamp(0.0, 1.0);
    let smooth = t * t * (3.0 - 2.0 * t);
    (smooth * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_full_in_the_middle_and_gone_at_every_border() {
        let mask = HeadMask::new(64);
        let at = |x: usize, y: usize| mask.alpha[y * 64 + x];

        assert_eq!(at(32, 33), 255);
        for i in 0..64 {
            assert_eq!([at(i, 0), at(i, 63), at(0, i), at(63, i)], [0; 4], "{i}");
        }
    }

    #[test]
    fn the_mask_is_mirror_symmetric() {
        let mask = HeadMask::new(64);

        for y in 0..64 {
            for x in 0..32 {
                assert_eq!(mask.alpha[y * 64 + x], mask.alpha[y * 64 + 63 - x]);
            }
        }
    }
}
