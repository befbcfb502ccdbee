//! [`MaskFinder`]: segments an aligned head and writes the soft mask of face and optional hair into the
//! crop's alpha.
//!
//! The network excludes hands and cups in front of the face. Where its result is implausible, the fixed
//! shape from `align` remains: too much style is better than a bare face.

// The neck below the face.
mod neck;

use thiserror::Error;

use crate::domain::face::{BoundingBox, Crop, Roi, Score, TrackId};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, Transform};
use crate::domain::labels::Labels;
use crate::domain::region::MaskExtent;
use crate::inference::model::{Input, Model, ModelError, Output};
use crate::inference::tensor::planes_from_picture;
use crate::pictures::crop_cache::CropCache;
use crate::pictures::warp::{Outside, Warper};
use crate::stages::mask::neck::Necks;

/// Side of the network's input and masks, pixels.
const WINDOW: u32 = 128;

/// An ellipse of an aligned crop, crop sides.
struct Ellipse {
    middle: [f32; 2],
    /// Half its width and height.
    half: [f32; 2],
}

/// A region that is always face.
const CORE: Ellipse = Ellipse {
    middle: [0.5, 0.54],
    half: [0.13, 0.16],
};

/// A region that is always face or hair, for any head orientation.
const HEAD: Ellipse = Ellipse {
    middle: [0.5, 0.48],
    half: [0.2, 0.26],
};

/// Least mean face opacity in the core; below it the network's result is rejected.
const CORE_LEAST: f32 = 0.3;

/// Width of the fade-out at the crop's border, crop sides.
const BORDER: f32 = 0.07;

/// Segmentation error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MaskError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network's output has a wrong size.
    #[error("the mask network gave {found} numbers, not {wanted}")]
    Shape {
        /// Number of values received.
        found: usize,
        /// Number of values required.
        wanted: usize,
    },
}

/// Coordinate space of the network's input window.
enum Window {}

/// Segments heads with the network `face_mask`.
#[derive(Debug)]
pub struct MaskFinder {
    model: Model,
    window: Picture,
    planes: Vec<f32>,
    face: Vec<f32>,
    hair: Vec<f32>,
    mask: Vec<f32>,
    necks: Necks,
    warper: Warper,
}

impl MaskFinder {
    /// Creates a finder for the loaded network `face_mask`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            window: Picture::filled(Size::new(WINDOW, WINDOW), [0, 0, 0, 255]),
            planes: Vec::new(),
            warper: Warper::default(),
            face: Vec::new(),
            hair: Vec::new(),
            mask: Vec::new(),
            necks: Necks::default(),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Discards the necks of previous frames.
    pub fn forget(&mut self) {
        self.necks = Necks::default();
    }

    /// Writes the mask of the head of `whose` in `crop` into the crop's alpha, or leaves the alpha
    /// unchanged if the network's result is implausible. Returns the crop's labels if it wrote the mask;
    /// they include the neck only where `extent` does.
    pub fn write_mask(
        &mut self,
        crop: &mut Crop,
        extent: MaskExtent,
        whose: TrackId,
    ) -> Result<Option<Labels>, MaskError> {
        let side = crop.picture.size().width;
        let crop_from_window: Transform<CropPx, Window> = {
            let scale = side as f32 / WINDOW as f32;
            Transform::scale_then_move(scale, scale, 0.0, 0.0)
        };
        self.warper.warp(
            &crop.picture,
            &crop_from_window,
            Outside::Edge,
            &mut self.window,
        );
        self.look(extent)?;
        if !is_likely(&self.mask) {
            return Ok(None);
        }
        let mut labels = Labels::new(WINDOW as usize, &self.face, &self.hair);
        if extent == MaskExtent::Head {
            labels = self.add_neck(whose, labels);
        }
        write_alpha(&self.mask, &mut crop.picture);
        Ok(Some(labels))
    }

    /// Returns the mean opacity, `[0, 1]`, of face and hair in the inner part of a head with this
    /// upright face box, for any head orientation. The window is that of a crop.
    pub fn head(
        &mut self,
        cache: &mut CropCache,
        picture: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Score, MaskError> {
        let frame_from_window = Roi::around(bounds, 0.0).frame_from_crop(WINDOW);
        cache.cut(picture, &frame_from_window, Outside::Edge, &mut self.window);
        self.look(MaskExtent::Head)?;
        Ok(Score(mean_within(&self.mask, &HEAD)))
    }

    /// Runs the network on the window: face and hair opacities, and the mask for `extent`.
    fn look(&mut self, extent: MaskExtent) -> Result<(), MaskError> {
        planes_from_picture(&self.window, &mut self.planes);
        let inputs = [Input::floats(
            &[1, 3, WINDOW as usize, WINDOW as usize],
            &self.planes,
        )];
        let (face, hair) = (&mut self.face, &mut self.hair);
        self.model
            .run(&inputs, |outputs| read(outputs, face, hair))??;
        combine(&self.face, &self.hair, extent, &mut self.mask);
        Ok(())
    }

    /// Adds the neck to the mask and to `labels`.
    fn add_neck(&mut self, whose: TrackId, labels: Labels) -> Labels {
        let known = [&self.face[..], &self.hair[..]];
        let neck = self.necks.of(whose, &self.planes, known, WINDOW as usize);
        for (i, (opacity, neck)) in self.mask.iter_mut().zip(neck).enumerate() {
            let i = i as u32;
            *opacity = opacity.max(neck * border(i % WINDOW) * border(i / WINDOW));
        }
        labels.with_neck(neck)
    }
}

/// Reads the output `mask` `[1, 2, 128, 128]`: the opacities of face and hair.
fn read(outputs: &[Output<'_>], face: &mut Vec<f32>, hair: &mut Vec<f32>) -> Result<(), MaskError> {
    let area = (WINDOW * WINDOW) as usize;
    let numbers = outputs.first().map_or(&[][..], |o| o.data);
    for (i, plane) in [face, hair].into_iter().enumerate() {
        let Some(found) = numbers.get(i * area..(i + 1) * area) else {
            return Err(MaskError::Shape {
                found: numbers.len(),
                wanted: 2 * area,
            });
        };
        plane.clear();
        plane.extend(found.iter().map(|opacity| opacity.clamp(0.0, 1.0)));
    }
    Ok(())
}

/// Combines face and hair according to `extent`, faded at the border.
fn combine(face: &[f32], hair: &[f32], extent: MaskExtent, mask: &mut Vec<f32>) {
    mask.clear();
    mask.extend(face.iter().zip(hair).enumerate().map(|(i, (face, hair))| {
        let whole = match extent {
            MaskExtent::Face => *face,
            MaskExtent::Head => (face + hair).clamp(0.0, 1.0),
        };
        whole * border(i as u32 % WINDOW) * border(i as u32 / WINDOW)
    }));
}

/// Returns 0 at the border and 1 inside, with a smooth transition.
fn border(at: u32) -> f32 {
    let from_edge = (at as f32 + 0.5).min(WINDOW as f32 - at as f32 - 0.5) / WINDOW as f32;
    let t = ((from_edge - 0.5 / WINDOW as f32) / BORDER).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Returns whether the core of the crop contains enough face.
fn is_likely(mask: &[f32]) -> bool {
    mean_within(mask, &CORE) >= CORE_LEAST
}

/// Returns the mean opacity in an ellipse.
fn mean_within(mask: &[f32], ellipse: &Ellipse) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0_f32);
    for (i, opacity) in mask.iter().enumerate() {
        let at = |n: u32| (n as f32 + 0.5) / WINDOW as f32;
        let x = (at(i as u32 % WINDOW) - ellipse.middle[0]) / ellipse.half[0];
        let y = (at(i as u32 / WINDOW) - ellipse.middle[1]) / ellipse.half[1];
        if x * x + y * y <= 1.0 {
            sum += opacity;
            count += 1.0;
        }
    }
    sum / count.max(1.0)
}

/// Writes the mask, enlarged bilinearly, into the alpha of a square picture.
fn write_alpha(mask: &[f32], picture: &mut Picture) {
    let (width, side) = (picture.size().width.max(1), WINDOW as usize);
    let scale = WINDOW as f32 / width as f32;
    // Two neighbours and the weight of the second per column; rows use the same, because the crop is
    // square.
    let taps: Vec<(usize, usize, f32)> = (0..width)
        .map(|i| {
            let at = ((i as f32 + 0.5) * scale - 0.5).clamp(0.0, (WINDOW - 1) as f32);
            let first = at as usize;
            (first, (first + 1).min(side - 1), at - first as f32)
        })
        .collect();
    let at = |row: usize, column: usize| mask.get(row * side + column).copied().unwrap_or(0.0);
    let rows = picture.rgba_mut().chunks_exact_mut(width as usize * 4);
    for (&(top, bottom, down), row) in taps.iter().zip(rows) {
        for (&(left, right, along), pixel) in taps.iter().zip(row.as_chunks_mut::<4>().0) {
            let upper = at(top, left) + (at(top, right) - at(top, left)) * along;
            let lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * along;
            pixel[3] = ((upper + (lower - upper) * down) * 255.0 + 0.5) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: usize = (WINDOW * WINDOW) as usize;

    fn combined(face: f32, hair: f32, extent: MaskExtent) -> Vec<f32> {
        let data: Vec<f32> = [vec![face; AREA], vec![hair; AREA]].concat();
        let outputs = [Output {
            shape: vec![1, 2, WINDOW as usize, WINDOW as usize],
            data: &data,
        }];
        let [mut face, mut hair, mut mask] = [const { Vec::new() }; 3];
        read(&outputs, &mut face, &mut hair).unwrap();
        combine(&face, &hair, extent, &mut mask);
        mask
    }

    #[test]
    fn the_head_is_face_and_hair_and_fades_at_the_border() {
        let middle = AREA / 2 + WINDOW as usize / 2;

        assert!((combined(0.6, 0.3, MaskExtent::Face)[middle] - 0.6).abs() < 1e-6);
        let head = combined(0.6, 0.3, MaskExtent::Head);
        assert!((head[middle] - 0.9).abs() < 1e-6);
        assert_eq!(head[0], 0.0);
        assert_eq!(head[AREA - 1], 0.0);
    }

    #[test]
    fn a_mask_without_a_face_in_its_middle_is_not_believed() {
        assert!(is_likely(&combined(0.9, 0.0, MaskExtent::Face)));
        assert!(!is_likely(&combined(0.1, 0.0, MaskExtent::Face)));
        assert!(!is_likely(&combined(f32::NAN, f32::NAN, MaskExtent::Head)));
    }

    #[test]
    fn a_mask_keeps_its_place_when_it_is_enlarged() {
        let mut mask = vec![0.0; AREA];
        for row in 32..96 {
            for column in 64..128 {
                mask[row * 128 + column] = 1.0;
            }
        }
        let mut picture = Picture::filled(Size::new(256, 256), [9, 9, 9, 7]);

        write_alpha(&mask, &mut picture);

        let alpha = |x, y| picture.pixel_clamped(x, y)[3];
        assert_eq!(
            (alpha(200, 128), alpha(60, 128), alpha(200, 20)),
            (255, 0, 0)
        );
        assert_eq!(picture.pixel_clamped(200, 128)[..3], [9, 9, 9]);
        assert!(
            (100..156).contains(
                &i32::from(alpha(127, 128))
                    .max(i32::from(alpha(128, 128)))
                    .min(155)
            )
        );
    }

    #[test]
    fn too_few_numbers_are_an_error() {
        let outputs = [Output {
            shape: vec![1],
            data: &[0.0],
        }];

        assert!(read(&outputs, &mut Vec::new(), &mut Vec::new()).is_err());
    }
}
