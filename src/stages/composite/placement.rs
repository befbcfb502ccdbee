//! [`Placement`]: selects the drawn layers and computes their transforms from the frame.

use crate::domain::composition::{Composition, StyledLayer};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Rect, Transform};

/// Maximum number of drawn layers: the whole picture, a cover, and five heads. Of more layers the frontmost
/// are drawn, which are faces.
pub const MAX_LAYERS: usize = 7;

/// One drawn layer.
#[derive(Debug, Clone, Copy)]
pub struct Placement<'a> {
    /// Pixels and mask.
    pub picture: &'a Picture,
    /// Transform from frame to crop coordinates.
    pub crop_from_frame: Transform<CropPx, FramePx>,
    /// Factor of the mask, in `(0, 1]`.
    pub opacity: f32,
    /// Frame pixels that the layer may affect.
    pub reach: Reach,
}

/// Frame pixels `left..right`, `top..bottom`, inside the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Column after the last.
    pub right: u32,
    /// Row after the last.
    pub bottom: u32,
}

/// Returns the visible layers of `composition`, back to front. Empty, flat, non-finite, transparent and
/// outside layers are omitted.
pub fn placements(composition: &Composition) -> impl Iterator<Item = Placement<'_>> {
    let frame_size = composition.frame.size();
    let layers = composition.layers.iter();
    let mut placed: Vec<_> = layers
        .filter_map(|layer| place(layer, frame_size))
        .collect();
    let hidden = placed.len().saturating_sub(MAX_LAYERS);
    placed.drain(..hidden);
    placed.into_iter()
}

fn place(layer: &StyledLayer, frame_size: Size) -> Option<Placement<'_>> {
    let picture = &layer.crop.picture;
    let size = picture.size();
    let opacity = layer.opacity.clamp(0.0, 1.0);
    if size.pixels() == 0 || opacity == 0.0 || opacity.is_nan() {
        return None;
    }
    let frame_from_crop = layer.crop.frame_from_crop;
    let crop_from_frame = frame_from_crop.inverse()?;
    if !crop_from_frame
        .rows()
        .iter()
        .flatten()
        .all(|v| v.is_finite())
    {
        return None;
    }
    let whole_crop = Rect::new(0.0, 0.0, size.width as f32, size.height as f32);
    let reach = reach(&frame_from_crop.bounds_of(&whole_crop), frame_size)?;
    Some(Placement {
        picture,
        crop_from_frame,
        opacity,
        reach,
    })
}

fn reach(bounds: &Rect<FramePx>, frame_size: Size) -> Option<Reach> {
    // The casts saturate, and NaN becomes 0.
    let reach = Reach {
        left: bounds.x.floor().max(0.0) as u32,
        top: bounds.y.floor().max(0.0) as u32,
        right: ((bounds.x + bounds.width).ceil().max(0.0) as u32).min(frame_size.width),
        bottom: ((bounds.y + bounds.height).ceil().max(0.0) as u32).min(frame_size.height),
    };
    (reach.left < reach.right && reach.top < reach.bottom).then_some(reach)
}
