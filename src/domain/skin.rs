//! [`Skin`]: where a crop shows the skin of a face and of the neck below it.

use crate::domain::geometry::{CropPx, FramePx, Point, Transform};

/// Opacities from 0 to 1 on a coarse square grid over a crop.
#[derive(Debug, Clone, PartialEq)]
pub struct Skin {
    opacities: Vec<f32>,
    /// Face and neck.
    shown: Option<Vec<f32>>,
    side: usize,
}

impl Skin {
    /// A grid of `side` rows of `side` opacities; what is missing is 0.
    pub fn new(mut opacities: Vec<f32>, side: usize) -> Self {
        let side = side.max(1);
        opacities.resize(side * side, 0.0);
        Self {
            opacities,
            shown: None,
            side,
        }
    }

    /// With the neck: `neck` holds its opacities on the same grid.
    #[must_use]
    pub fn with_neck(mut self, neck: &[f32]) -> Self {
        let both = self.opacities.iter().zip(neck);
        let shown: Vec<f32> = both.map(|(face, neck)| face.max(*neck)).collect();
        self.shown = (shown.len() == self.opacities.len()).then_some(shown);
        self
    }

    /// Rows, and all opacities of the face, row by row.
    pub fn grid(&self) -> (usize, &[f32]) {
        (self.side, &self.opacities)
    }

    /// The face's opacity at `x` and `y`, in sides of the crop; bilinear, the edge goes on outside.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        self.read(&self.opacities, x, y)
    }

    /// The same of the face and, where that is known, the neck.
    pub fn shown_at(&self, x: f32, y: f32) -> f32 {
        self.read(self.shown.as_ref().unwrap_or(&self.opacities), x, y)
    }

    fn read(&self, opacities: &[f32], x: f32, y: f32) -> f32 {
        let last = self.side - 1;
        // What is no number becomes 0 here.
        let place = |v: f32| (v * self.side as f32 - 0.5).max(0.0).min(last as f32);
        let (x, y) = (place(x), place(y));
        let (left, top) = (x as usize, y as usize);
        let at = |x: usize, y: usize| opacities[y.min(last) * self.side + x.min(last)];
        let (along, down) = (x - left as f32, y - top as f32);
        let upper = at(left, top) + (at(left + 1, top) - at(left, top)) * along;
        let lower = at(left, top + 1) + (at(left + 1, top + 1) - at(left, top + 1)) * along;
        upper + (lower - upper) * down
    }
}

/// [`Skin`] of a crop, asked about places of the picture that the crop was cut from.
#[derive(Debug, Clone, PartialEq)]
pub struct SkinPlace {
    /// In the crop.
    pub skin: Skin,
    /// Where the crop was cut out.
    pub crop_from_frame: Transform<CropPx, FramePx>,
    /// Side of the crop, pixels.
    pub side: f32,
}

impl SkinPlace {
    /// The opacity at a place of the picture.
    pub fn at(&self, place: Point<FramePx>) -> f32 {
        let place = self.crop_from_frame * place;
        self.skin.at(place.x / self.side, place.y / self.side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_is_read_smoothly_and_anywhere() {
        let half = (0..64 * 64).map(|i| if i % 64 < 32 { 0.0 } else { 1.0 });
        let skin = Skin::new(half.collect(), 64);

        assert_eq!((skin.at(0.2, 0.5), skin.at(0.9, 0.5)), (0.0, 1.0));
        assert!((skin.at(0.5, 0.5) - 0.5).abs() < 1e-5);
        assert_eq!((skin.at(-9.0, 4.0), skin.at(9.0, f32::NAN)), (0.0, 1.0));
        assert_eq!(Skin::new(Vec::new(), 0).at(0.5, 0.5), 0.0);
    }

    #[test]
    fn a_neck_is_shown_and_is_no_face() {
        let skin = Skin::new(vec![0.0, 0.8, 0.0, 0.0], 2);
        assert_eq!(skin.shown_at(0.9, 0.1), 0.8);

        let skin = skin.with_neck(&[0.0, 0.0, 0.0, 0.6]);
        assert_eq!((skin.at(0.9, 0.9), skin.shown_at(0.9, 0.9)), (0.0, 0.6));
        assert_eq!(skin.with_neck(&[1.0]).shown_at(0.9, 0.9), 0.0);
    }
}
