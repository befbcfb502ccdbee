//! Super-resolution of a styled head: the layer's picture gets more pixels, and its position in the frame
//! stays.
//!
//! Only the part visible through the mask is enlarged. A factor of four exceeds the frame's resolution for
//! most faces, and a compositor that skips pixels would cause flicker; the final density is therefore
//! twice or four times the original, as the frame requires.

use std::ops::Range;

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, Transform};
use crate::inference::tensor::picture_from_planes;
use crate::pictures::part;
use crate::pictures::warp::{Outside, Warper};
use crate::stages::upscale::{SCALE, UpscaleError, Upscaler};

/// Least number of frame pixels per crop pixel for upscaling.
pub const LEAST_SCALE: f32 = 1.1;

/// Frame pixels per crop pixel from which the density becomes fourfold. Below it a factor of two suffices:
/// the remaining magnification is barely visible, at a quarter of the work.
const DENSE_FROM: f32 = 2.5;

/// Sides of the enlarged part are multiples of this, because graphics cards need a preparation for each new
/// size, and a moving mask would change the size in every frame.
const STEP: u32 = 16;

/// Least visible opacity, of 255; fainter pixels are dropped.
const SHOWN: u8 = 8;

/// Margin around the mask in the network's input, crop pixels.
const MARGIN: u32 = 4;

/// The part of a crop to enlarge, crop pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    left: u32,
    top: u32,
    size: Size,
}

impl Part {
    /// Returns the smallest aligned part that contains the mask of `crop`, or `None` if the head is invisible
    /// or not magnified.
    pub fn of(crop: &Crop) -> Option<Self> {
        let scale = crop.frame_from_crop.scale();
        if !(scale.is_finite() && scale >= LEAST_SCALE) {
            return None;
        }
        let size = crop.picture.size();
        let [columns, rows] = crop.picture.extent_of_alpha(SHOWN)?;
        let (left, width) = stepped(columns, size.width);
        let (top, height) = stepped(rows, size.height);
        Some(Self {
            left,
            top,
            size: Size::new(width, height),
        })
    }

    /// Returns the number of pixels in the network's input.
    pub fn pixels(self) -> usize {
        self.size.pixels()
    }
}

/// Returns a range with a margin, extended to a multiple of [`STEP`] if the crop has room for it.
fn stepped(shown: Range<u32>, whole: u32) -> (u32, u32) {
    let start = shown.start.saturating_sub(MARGIN);
    let end = (shown.end + MARGIN).min(whole);
    let length = (end - start).next_multiple_of(STEP).min(whole);
    (start.min(whole - length), length)
}

/// Enlarges `wanted` of `crop`; everything outside, which is masked out, is dropped.
pub fn enlarge(upscaler: &mut Upscaler, crop: &mut Crop, wanted: Part) -> Result<(), UpscaleError> {
    let Part { left, top, size } = wanted;
    let small = part(&crop.picture, left, top, size);
    let density = if crop.frame_from_crop.scale() >= DENSE_FROM {
        SCALE
    } else {
        SCALE / 2
    };
    let step = 1.0 / density as f32;
    let part_from_large: Transform<CropPx, CropPx> =
        Transform::scale_then_move(step, step, 0.0, 0.0);
    let large = Size::new(size.width * density, size.height * density);
    let mut picture = Picture::filled(large, [0, 0, 0, 255]);
    // Only for the mask; the network supplies the colours.
    Warper::default().warp(&small, &part_from_large, Outside::Edge, &mut picture);
    upscaler.run(&small, |planes| {
        if density == SCALE {
            picture_from_planes(planes, &mut picture);
        } else {
            let width = (size.width * SCALE) as usize;
            picture_from_planes(&halved(planes, width), &mut picture);
        }
    })?;
    let crop_from_part = Transform::scale_then_move(1.0, 1.0, left as f32, top as f32);
    crop.frame_from_crop = crop.frame_from_crop * (crop_from_part * part_from_large);
    crop.picture = picture;
    Ok(())
}

/// Returns rows of `width` values at half the width and height: means of 2×2. Both sides are even.
fn halved(planes: &[f32], width: usize) -> Vec<f32> {
    let mut small = Vec::with_capacity(planes.len() / 4);
    for rows in planes.chunks_exact(2 * width.max(2)) {
        let (upper, lower) = rows.split_at(width);
        let pairs = upper
            .as_chunks::<2>()
            .0
            .iter()
            .zip(lower.as_chunks::<2>().0);
        small.extend(pairs.map(|([a, b], [c, d])| 0.25 * (a + b + c + d)));
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a crop of 100 × 100 pixels with the visible range `shown`, at `scale` frame pixels per pixel.
    fn crop(shown: Range<u32>, scale: f32) -> Crop {
        let pixel = |i: u32| {
            let inside = shown.contains(&(i % 100)) && shown.contains(&(i / 100));
            [9, 9, 9, if inside { 200 } else { 0 }]
        };
        let bytes = (0..100 * 100).flat_map(pixel).collect();
        Crop {
            picture: Picture::from_rgba(Size::new(100, 100), bytes).unwrap(),
            frame_from_crop: Transform::scale_then_move(scale, scale, 30.0, 40.0),
        }
    }

    #[test]
    fn only_what_the_mask_shows_is_enlarged_in_steps() {
        let part = Part::of(&crop(20..50, 2.0)).unwrap();

        assert_eq!((part.left, part.top), (16, 16));
        assert_eq!(part.size, Size::new(48, 48));
        let near_the_border = Part::of(&crop(90..100, 2.0)).unwrap();
        assert_eq!(near_the_border.left + near_the_border.size.width, 100);
    }

    #[test]
    fn a_head_that_is_not_shown_larger_or_not_at_all_is_left_alone() {
        for scale in [0.5, 1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(Part::of(&crop(20..50, scale)), None, "{scale}");
        }
        assert_eq!(Part::of(&crop(50..50, 3.0)), None);
    }

    #[test]
    fn halving_takes_means_of_four() {
        let planes = [1.0, 3.0, 0.0, 0.0, 5.0, 7.0, 0.0, 4.0];

        assert_eq!(halved(&planes, 4), [4.0, 1.0]);
    }
}
