//! [`StyleEncoder`]: one picture → a style code, once. [`Stylizer`]: crop + code → the styled crop,
//! every frame.

// A face's features moved towards a painted one's proportions.
pub mod bend;

// The styled blur that covers a picture in which a face may hide.
pub mod blur;

// How far the content of a crop moved.
pub mod flow;

// The photo's own colours under the style's brightness.
pub mod colours;

// The size of the strokes.
pub mod texture;

// The part of a crop that is painted.
pub mod window;

// The networks `style_encoder` and `style_transfer`.
pub mod neural;

// What the network makes of a crop for the brush.
pub mod plan;

// Crops laid together from pieces of the reference.
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

/// Styling failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StylizeError {
    /// A network failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network gave a picture of another size.
    #[error("the stylizer gave {found} numbers for a {size} crop")]
    Shape {
        /// The crop's size.
        size: Size,
        /// How many numbers came; three a pixel were needed.
        found: usize,
    },
}

/// Makes the numbers of a style from one picture.
pub trait StyleEncoder: Send {
    /// The code of any picture, of any size.
    fn encode(&mut self, picture: &Picture) -> Result<StyleCode, StylizeError>;

    /// The networks in use, for reports; a code is good for the very same ones only.
    fn models(&self) -> Vec<ModelReport>;
}

/// Turns crops into a style that a code names.
pub trait Stylizer: Send {
    /// Restyles the colours of `crop` in place; its alpha stays. Sides are multiples of 4.
    fn stylize(&mut self, crop: &mut Crop, code: &StyleCode) -> Result<(), StylizeError>;

    /// The networks in use, for reports.
    fn models(&self) -> Vec<ModelReport>;
}

/// Lets the photo's own pixels shine through what was styled: strength 0 is the photo exactly, 1 what
/// was styled, and between them it goes evenly. Alpha is that of `styled`.
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
