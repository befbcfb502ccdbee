//! [`Aligner`]: computes the stable, rotated square around a tracked head, and crops it.

// Crop squares with a dead zone.
mod dead_zone;

// The soft shape of a head in an aligned crop.
pub mod mask;

use thiserror::Error;

use crate::domain::face::{Crop, Roi, TrackedFace};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Transform};
use crate::pictures::warp::{Outside, Warper};
use crate::stages::align::dead_zone::DeadZone;
use crate::stages::align::mask::HeadMask;

/// The face gives no usable square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the face's box or points are not numbers")]
pub struct AlignError;

/// Crops heads. Keeps its mask and its squares between frames.
#[derive(Debug, Default)]
pub struct Aligner {
    mask: Option<HeadMask>,
    warper: Warper,
    zone: DeadZone,
}

/// Returns the in-plane rotation of the head, clockwise, radians: the mean direction of the lines through
/// the eyes and through the mouth corners, weighted by their lengths.
fn angle_rad(face: &TrackedFace) -> f32 {
    let points = &face.landmarks;
    let x = (points.left_eye.x - points.right_eye.x) + (points.mouth_left.x - points.mouth_right.x);
    let y = (points.left_eye.y - points.right_eye.y) + (points.mouth_left.y - points.mouth_right.y);
    // Mirrored or collapsed landmarks do not determine the rotation.
    if x <= 0.05 * face.bounds.width {
        0.0
    } else {
        y.atan2(x)
    }
}

/// Returns the square around the head of `face`.
pub fn roi_of(face: &TrackedFace) -> Result<Roi, AlignError> {
    if !face.bounds.is_finite() || !face.landmarks.is_finite() {
        return Err(AlignError);
    }
    Ok(Roi::around(&face.bounds, angle_rad(face)))
}

impl Aligner {
    /// Crops the head of `face` to `crop_side` × `crop_side` pixels; alpha is the head's soft mask.
    pub fn head(
        &mut self,
        picture: &Picture,
        face: &TrackedFace,
        crop_side: u32,
    ) -> Result<Crop, AlignError> {
        let roi = self.zone.hold(face.id, roi_of(face)?);
        let frame_from_crop = roi.frame_from_crop(crop_side);
        let mut cut = Picture::filled(Size::new(crop_side, crop_side), [0; 4]);
        self.warper
            .warp(picture, &frame_from_crop, Outside::Edge, &mut cut);
        if self
            .mask
            .as_ref()
            .is_none_or(|mask| mask.side() != crop_side)
        {
            self.mask = Some(HeadMask::new(crop_side));
        }
        if let Some(mask) = &self.mask {
            mask.write_into_alpha(&mut cut);
        }
        Ok(Crop {
            picture: cut,
            frame_from_crop,
        })
    }
}

/// Returns the whole frame, reduced to fit `longest` pixels, with sides that are multiples of 4 (the
/// stylizer's step); alpha is 255.
pub fn whole_frame(picture: &Picture, longest: u32) -> Crop {
    let size = picture.size();
    let scale = longest as f32 / size.width.max(size.height).max(1) as f32;
    let side = |full: u32| (((full as f32 * scale / 4.0).round() as u32) * 4).max(16);
    let small = Size::new(side(size.width), side(size.height));
    let frame_from_crop: Transform<FramePx, CropPx> = Transform::scale_then_move(
        size.width as f32 / small.width as f32,
        size.height as f32 / small.height as f32,
        0.0,
        0.0,
    );
    let mut cut = Picture::filled(small, [0, 0, 0, 255]);
    Warper::default().warp(picture, &frame_from_crop, Outside::Edge, &mut cut);
    Crop {
        picture: cut,
        frame_from_crop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::{Keypoints5, Score, TrackId, TrackState};
    use crate::domain::geometry::{Point, Rect};

    /// Returns an upright face in a 100×100 box, rotated by `angle_rad` around the box's centre.
    fn face(angle_rad: f32) -> TrackedFace {
        let (sin, cos) = angle_rad.sin_cos();
        let at = |x: f32, y: f32| Point::new(150.0 + cos * x - sin * y, 150.0 + sin * x + cos * y);
        TrackedFace {
            id: TrackId(0),
            bounds: Rect::new(100.0, 100.0, 100.0, 100.0),
            landmarks: Keypoints5::from_array([
                at(-20.0, -10.0),
                at(20.0, -10.0),
                at(0.0, 10.0),
                at(-15.0, 25.0),
                at(15.0, 25.0),
            ]),
            shape: None,
            score: Score(1.0),
            state: TrackState::Locked,
        }
    }

    #[test]
    fn the_square_turns_with_the_head() {
        for angle in [-0.6, 0.0, 0.4] {
            assert!((roi_of(&face(angle)).unwrap().angle_rad - angle).abs() < 1e-4);
        }
    }

    #[test]
    fn points_that_are_no_numbers_are_an_error() {
        let mut broken = face(0.0);
        broken.landmarks.nose.x = f32::NAN;

        assert_eq!(roi_of(&broken), Err(AlignError));
    }

    #[test]
    fn the_crops_middle_is_the_squares_middle_and_its_corner_is_masked_out() {
        let picture = Picture::filled(Size::new(300, 300), [10, 20, 30, 255]);

        let crop = Aligner::default().head(&picture, &face(0.3), 64).unwrap();

        let roi = roi_of(&face(0.3)).unwrap();
        assert!((crop.frame_from_crop * Point::new(32.0, 32.0)).distance(roi.centre) < 1e-2);
        assert_eq!(crop.picture.pixel_clamped(0, 0)[3], 0);
        assert_eq!(crop.picture.pixel_clamped(32, 34)[3], 255);
    }

    #[test]
    fn a_whole_frame_keeps_its_shape_in_steps_of_four() {
        let picture = Picture::filled(Size::new(1280, 720), [0; 4]);

        assert_eq!(
            whole_frame(&picture, 448).picture.size(),
            Size::new(448, 252)
        );
    }
}
