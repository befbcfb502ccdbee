//! The plan: the network's low-resolution result for a crop, which guides patch placement.

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::style::StyleCode;
use crate::stages::stylize::texture::resized;
use crate::stages::stylize::{StylizeError, Stylizer};

/// Maximum pixels of a plan. It only guides placement; the strokes come from the reference.
const MOST_PIXELS: f32 = 256.0 * 256.0;

/// Sides are multiples of this, as the stylizer requires.
const STEP: u32 = 4;

/// Returns the plan of `photo`, with its aspect ratio and at most its size.
pub fn planned(
    stylizer: &mut dyn Stylizer,
    photo: &Crop,
    code: &StyleCode,
) -> Result<Picture, StylizeError> {
    let full = photo.picture.size();
    let size = plan_size(full);
    let picture = if size == full {
        photo.picture.clone()
    } else {
        resized(&photo.picture, size)
    };
    let mut plan = Crop {
        picture,
        frame_from_crop: photo.frame_from_crop,
    };
    stylizer.stylize(&mut plan, code)?;
    Ok(plan.picture)
}

fn plan_size(full: Size) -> Size {
    let scale = (MOST_PIXELS / full.pixels().max(1) as f32).sqrt().min(1.0);
    // The small offset keeps rounding from losing a step of a side that is a whole number of steps.
    let side = |side: u32| ((side as f32 * scale + 0.01) as u32 / STEP * STEP).max(STEP);
    Size::new(side(full.width), side(full.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_small_keeps_the_shape_and_has_the_stylizers_steps() {
        assert_eq!(plan_size(Size::new(192, 256)), Size::new(192, 256));
        assert_eq!(plan_size(Size::new(448, 448)), Size::new(256, 256));
        for full in [
            Size::new(384, 272),
            Size::new(672, 380),
            Size::new(1024, 16),
        ] {
            let Size { width, height } = plan_size(full);

            assert_eq!((width % STEP, height % STEP), (0, 0), "{full}");
            assert!(width * height <= 256 * 256, "{full}");
            let stretch = (width * full.height) as f32 / (height * full.width) as f32;
            assert!((stretch - 1.0).abs() < 0.03, "{full}: {stretch}");
        }
    }
}
