//! [`StyleEncoder`]: one picture → a style code, once. [`Stylizer`]: crop + code → the styled crop,
//! every frame.

// The styled blur that covers a picture in which a face may hide.
pub mod blur;

// The networks `style_encoder` and `style_transfer`.
pub mod neural;

// A painted face's strokes, laid on by meaning.
pub mod portrait;

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

    /// The networks in use, for reports.
    fn models(&self) -> Vec<ModelReport>;
}

/// Turns crops into a style that a code names.
pub trait Stylizer: Send {
    /// Restyles the colours of `crop` in place; its alpha stays. Sides are multiples of 4.
    fn stylize(&mut self, crop: &mut Crop, code: &StyleCode) -> Result<(), StylizeError>;

    /// The networks in use, for reports.
    fn models(&self) -> Vec<ModelReport>;
}

/// Below this strength the photo itself shines through; above it only the code is blended.
const PHOTO_FADES_BELOW: f32 = 0.5;

/// Stylizes `crop` at `strength`: the style's code is blended with `photo`, the code of the photo
/// itself, and below half strength the photo's own pixels come back, so that 0 is the photo.
pub fn stylize_at(
    stylizer: &mut dyn Stylizer,
    crop: &mut Crop,
    style: &StyleCode,
    photo: Option<&StyleCode>,
    strength: Strength,
) -> Result<(), StylizeError> {
    let amount = strength.get();
    if amount <= 0.0 {
        return Ok(());
    }
    let code = photo.map_or_else(|| style.clone(), |photo| photo.blended(style, amount));
    let original = (amount < PHOTO_FADES_BELOW).then(|| crop.picture.clone());
    stylizer.stylize(crop, &code)?;
    if let Some(original) = original {
        let weight = (amount / PHOTO_FADES_BELOW * 256.0) as u32;
        let pairs = crop.picture.rgba_mut().iter_mut().zip(original.rgba());
        for (styled, &plain) in pairs {
            let mixed = u32::from(*styled) * weight + u32::from(plain) * (256 - weight);
            *styled = (mixed >> 8) as u8;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Transform;

    /// Paints everything white.
    struct White;

    impl Stylizer for White {
        fn stylize(&mut self, crop: &mut Crop, _: &StyleCode) -> Result<(), StylizeError> {
            for pixel in crop.picture.rgba_mut().chunks_exact_mut(4) {
                pixel[..3].fill(255);
            }
            Ok(())
        }

        fn models(&self) -> Vec<ModelReport> {
            Vec::new()
        }
    }

    fn styled(strength: f32) -> [u8; 4] {
        let mut crop = Crop {
            picture: Picture::filled(Size::new(4, 4), [100, 50, 0, 77]),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        let code = StyleCode(vec![1.0]);
        stylize_at(
            &mut White,
            &mut crop,
            &code,
            None,
            Strength::clamped(strength),
        )
        .unwrap();
        crop.picture.pixel_clamped(0, 0)
    }

    #[test]
    fn strength_zero_is_the_photo_exactly_and_one_the_style() {
        assert_eq!(styled(0.0), [100, 50, 0, 77]);
        assert_eq!(styled(1.0), [255, 255, 255, 77]);
    }

    #[test]
    fn a_low_strength_lies_between() {
        let [r, g, b, a] = styled(0.25);

        assert!((176..=178).contains(&r) && (151..=153).contains(&g) && (126..=128).contains(&b));
        assert_eq!(a, 77);
    }
}
