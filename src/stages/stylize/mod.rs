//! [`StyleEncoder`] encodes a picture as a style code, once. [`Stylizer`] restyles a crop with that
//! code in every frame.

// Warp of a face's features towards a painted face's proportions.
pub mod bend;

// Blur for frames in which an undetected face may appear.
pub mod blur;

// Optical flow of a crop.
pub mod flow;

// The photo's colours with the style's lightness.
pub mod colours;

// Stroke size.
pub mod texture;

// The visible part of a crop.
pub mod window;

// The networks `style_encoder` and `style_transfer`.
pub mod neural;

// The network's low-resolution result, which guides the brush.
pub mod plan;

// Patch-based synthesis of crops from the reference.
#[expect(
    clippy::cast_possible_wrap,
    reason = "sides of crops and references are far below 2^31"
)]
pub mod brush;

use thiserror::Error;

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::settings::Strength;
use crate::domain::style::StyleCode;
use crate::inference::model::{ModelError, ModelReport};

/// Stylization error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StylizeError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network's output has a wrong size.
    #[error("the stylizer gave {found} numbers for a {size} crop")]
    Shape {
        /// The crop's size.
        size: Size,
        /// Number of values received; three per pixel are required.
        found: usize,
    },
}

/// Encodes a picture as a style code.
pub trait StyleEncoder: Send {
    /// Returns the style code of a picture of any size.
    fn encode(&mut self, picture: &Picture) -> Result<StyleCode, StylizeError>;

    /// Returns the networks in use, for reports; a code is valid for exactly these networks.
    fn models(&self) -> Vec<ModelReport>;
}

/// Restyles crops with a style code.
pub trait Stylizer: Send {
    /// Restyles the colours of `crop` in place; alpha is unchanged. Sides are multiples of 4.
    fn stylize(&mut self, crop: &mut Crop, code: &StyleCode) -> Result<(), StylizeError>;

    /// Returns the networks in use, for reports.
    fn models(&self) -> Vec<ModelReport>;
}

/// Blends the photo into the styled picture: strength 0 is the photo exactly, 1 the styled picture,
/// linear in between. Alpha is that of `styled`.
pub fn fade_to_photo(photo: &Picture, styled: &mut Picture, strength: Strength) {
    if strength >= Strength::FULL {
        return;
    }
    let weight = (strength.get() * 256.0) as u32;
    let photo = photo.rgba().as_chunks::<4>().0;
    let pixels = styled.rgba_mut().as_chunks_mut::<4>().0.iter_mut();
    for (styled, plain) in pixels.zip(photo) {
        for (styled, &plain) in styled.iter_mut().zip(&plain[..3]) {
            let mixed = u32::from(*styled) * weight + u32::from(plain) * (256 - weight);
            *styled = (mixed >> 8) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faded(strength: f32) -> [u8; 4] {
        let photo = Picture::filled(Size::new(4, 4), [100, 50, 0, 255]);
        let mut styled = Picture::filled(Size::new(4, 4), [255, 255, 255, 77]);
        fade_to_photo(&photo, &mut styled, Strength::clamped(strength));
        styled.pixel_clamped(0, 0)
    }

    #[test]
    fn strength_zero_is_the_photo_exactly_and_one_the_style() {
        assert_eq!(faded(0.0), [100, 50, 0, 77]);
        assert_eq!(faded(1.0), [255, 255, 255, 77]);
    }

    #[test]
    fn between_them_it_goes_evenly() {
        let [r, g, b, a] = faded(0.25);

        assert!((138..=139).contains(&r) && (100..=102).contains(&g) && (63..=64).contains(&b));
        assert_eq!(a, 77);
        assert!((faded(0.75)[2]).abs_diff(191) <= 1);
    }
}
