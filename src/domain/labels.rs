//! [`Labels`]: segmentation of a crop into skin, neck and hair.

use crate::domain::geometry::{CropPx, FramePx, Point, Transform};

/// Opacities from 0 to 1 on a coarse square grid over a crop.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    side: usize,
    /// Opacities of each cell: the face's skin, the neck, the hair.
    cells: Vec<[f32; 3]>,
}

impl Labels {
    /// Creates a grid of `side` rows of `side` opacities; missing values are 0.
    pub fn new(side: usize, face: &[f32], hair: &[f32]) -> Self {
        let side = side.max(1);
        let of = |plane: &[f32], i: usize| plane.get(i).copied().unwrap_or(0.0);
        let cells = (0..side * side).map(|i| [of(face, i), 0.0, of(hair, i)]);
        Self {
            side,
            cells: cells.collect(),
        }
    }

    /// Adds the neck: `neck` holds its opacities on the same grid.
    #[must_use]
    pub fn with_neck(mut self, neck: &[f32]) -> Self {
        for (cell, neck) in self.cells.iter_mut().zip(neck) {
            cell[1] = *neck;
        }
        self
    }

    /// Opacities of face, neck and hair at `x` and `y`, in sides of the crop; bilinear, with clamping at
    /// the edge.
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let last = self.side - 1;
        // NaN becomes 0 here.
        let place = |v: f32| (v * self.side as f32 - 0.5).max(0.0).min(last as f32);
        let (x, y) = (place(x), place(y));
        let (left, top) = (x as usize, y as usize);
        let cell = |x: usize, y: usize| self.cells[y.min(last) * self.side + x.min(last)];
        let (along, down) = (x - left as f32, y - top as f32);
        let (a, b) = (cell(left, top), cell(left + 1, top));
        let (c, d) = (cell(left, top + 1), cell(left + 1, top + 1));
        std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * along;
            let lower = c[i] + (d[i] - c[i]) * along;
            upper + (lower - upper) * down
        })
    }
}

impl Labels {
    /// Resamples the grid: each place takes its value from where `from` points, in sides of the crop.
    #[must_use]
    pub fn resampled(&self, from: impl Fn(f32, f32) -> [f32; 2]) -> Self {
        let at = |i: usize| (i as f32 + 0.5) / self.side as f32;
        let cells = (0..self.side * self.side).map(|i| {
            let [x, y] = from(at(i % self.side), at(i / self.side));
            self.at(x, y)
        });
        Self {
            side: self.side,
            cells: cells.collect(),
        }
    }
}

/// [`Labels`] of a crop, sampled in coordinates of the picture that the crop was cut from.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelPlace {
    /// The labels of the crop.
    pub labels: Labels,
    /// The transform from the picture to the crop.
    pub crop_from_frame: Transform<CropPx, FramePx>,
    /// Side of the crop, pixels.
    pub side: f32,
}

impl LabelPlace {
    /// Opacities of face, neck and hair at a point of the picture; 0 outside the crop.
    pub fn at(&self, place: Point<FramePx>) -> [f32; 3] {
        let place = self.crop_from_frame * place;
        let (x, y) = (place.x / self.side, place.y / self.side);
        let inside = |v: f32| (0.0..=1.0).contains(&v);
        if inside(x) && inside(y) {
            self.labels.at(x, y)
        } else {
            [0.0; 3]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_smoothly_and_anywhere() {
        let half: Vec<f32> = (0..64 * 64)
            .map(|i| if i % 64 < 32 { 0.0 } else { 1.0 })
            .collect();
        let labels = Labels::new(64, &half, &[]);

        assert_eq!(labels.at(0.2, 0.5), [0.0; 3]);
        assert_eq!(labels.at(0.9, 0.5), [1.0, 0.0, 0.0]);
        assert!((labels.at(0.5, 0.5)[0] - 0.5).abs() < 1e-5);
        assert_eq!(labels.at(-9.0, 4.0)[0], 0.0);
        assert_eq!(labels.at(9.0, f32::NAN)[0], 1.0);
        assert_eq!(Labels::new(0, &[], &[]).at(0.5, 0.5), [0.0; 3]);
    }

    #[test]
    fn face_neck_and_hair_are_told_apart() {
        let labels = Labels::new(2, &[0.0, 0.8, 0.0, 0.0], &[0.3]);
        assert_eq!(labels.at(0.9, 0.1), [0.8, 0.0, 0.0]);
        assert_eq!(labels.at(0.1, 0.1), [0.0, 0.0, 0.3]);

        let labels = labels.with_neck(&[0.0, 0.0, 0.0, 0.6]);
        assert_eq!(labels.at(0.9, 0.9), [0.0, 0.6, 0.0]);
    }

    #[test]
    fn in_the_picture_labels_end_with_the_crop() {
        let place = LabelPlace {
            labels: Labels::new(1, &[1.0], &[]),
            crop_from_frame: Transform::scale_then_move(2.0, 2.0, -100.0, -100.0),
            side: 64.0,
        };

        assert_eq!(place.at(Point::new(60.0, 70.0)), [1.0, 0.0, 0.0]);
        for outside in [[40.0, 60.0], [60.0, 90.0], [f32::NAN, 60.0]] {
            assert_eq!(place.at(Point::new(outside[0], outside[1])), [0.0; 3]);
        }
    }
}
