//! Points, rectangles and transforms, typed by their coordinate space.
//!
//! | space        | origin, axes                   | unit                                    |
//! |--------------|--------------------------------|-----------------------------------------|
//! | [`FramePx`]  | top left of the camera frame   | pixel; a pixel's centre is at `+ 0.5`   |
//! | [`CropPx`]   | top left of a cut-out          | pixel of the network's input            |
//! | [`CanvasPx`] | top left of the finished picture | pixel                                 |
//!
//! In every space x grows to the right and y grows downwards, so a positive angle turns clockwise
//! on the screen.

use std::marker::PhantomData;
use std::ops::Mul;

/// Pixels of the camera frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramePx {}

/// Pixels of a cut-out (a face crop, a tracker window, a downscaled whole frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CropPx {}

/// Pixels of the finished picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanvasPx {}

/// A position in the space `S`.
#[derive(Debug)]
pub struct Point<S> {
    /// Distance from the origin to the right, in units of `S`.
    pub x: f32,
    /// Distance from the origin downwards, in units of `S`.
    pub y: f32,
    space: PhantomData<S>,
}

impl<S> Clone for Point<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Point<S> {}

impl<S> PartialEq for Point<S> {
    fn eq(&self, other: &Self) -> bool {
        self.x == other.x && self.y == other.y
    }
}

impl<S> Point<S> {
    /// Creates a point at `(x, y)`.
    pub const fn new(x: f32, y: f32) -> Self {
        Self {
            x,
            y,
            space: PhantomData,
        }
    }

    /// Straight-line distance to `other`, in units of `S`.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The midpoint between this point and `other`.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self::new(
            f32::midpoint(self.x, other.x),
            f32::midpoint(self.y, other.y),
        )
    }

    /// Whether both coordinates are finite.
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// An axis-aligned rectangle in the space `S`; [`Rect::from_centre`] and [`Rect::intersection`] never make
/// `width` or `height` negative.
#[derive(Debug)]
pub struct Rect<S> {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Extent to the right.
    pub width: f32,
    /// Extent downwards.
    pub height: f32,
    space: PhantomData<S>,
}

impl<S> Clone for Rect<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Rect<S> {}

impl<S> PartialEq for Rect<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.x, self.y, self.width, self.height) == (other.x, other.y, other.width, other.height)
    }
}

impl<S> Rect<S> {
    /// Creates a rectangle with its top left corner at `(x, y)`.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
            space: PhantomData,
        }
    }

    /// Interpolates centre and sides from this rectangle to `other`, by `part`.
    #[must_use]
    pub fn mixed(&self, other: &Self, part: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * part;
        let (from, to) = (self.centre(), other.centre());
        Self::from_centre(
            Point::new(mix(from.x, to.x), mix(from.y, to.y)),
            mix(self.width, other.width),
            mix(self.height, other.height),
        )
    }

    /// Creates a rectangle around `centre`; negative extents become zero.
    pub fn from_centre(centre: Point<S>, width: f32, height: f32) -> Self {
        let (width, height) = (width.max(0.0), height.max(0.0));
        Self::new(
            centre.x - width / 2.0,
            centre.y - height / 2.0,
            width,
            height,
        )
    }

    /// The centre.
    pub fn centre(&self) -> Point<S> {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Area in square units of `S`.
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// The intersection of both; empty if they do not overlap.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let left = self.x.max(other.x);
        let top = self.y.max(other.y);
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        Self::new(left, top, (right - left).max(0.0), (bottom - top).max(0.0))
    }

    /// Intersection over union, in `[0, 1]`.
    pub fn iou(&self, other: &Self) -> f32 {
        let shared = self.intersection(other).area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }

    /// Whether all four numbers are finite.
    pub fn is_finite(&self) -> bool {
        [self.x, self.y, self.width, self.height]
            .iter()
            .all(|v| v.is_finite())
    }
}

/// An affine map from points of `From` to points of `To`.
///
/// Name every value after the spaces, target first. Equal spaces are then adjacent:
/// `canvas_from_crop = canvas_from_frame * frame_from_crop`.
#[derive(Debug)]
pub struct Transform<To, From> {
    /// Row-major 2×3 matrix `[a b tx; c d ty]`.
    rows: [[f32; 3]; 2],
    spaces: PhantomData<(To, From)>,
}

impl<To, From> Clone for Transform<To, From> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<To, From> Copy for Transform<To, From> {}

impl<To, From> PartialEq for Transform<To, From> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<To, From> Transform<To, From> {
    /// Creates the map with the row-major 2×3 matrix `rows`.
    pub const fn from_rows(rows: [[f32; 3]; 2]) -> Self {
        Self {
            rows,
            spaces: PhantomData,
        }
    }

    /// Scales by `sx` and `sy`, then moves by `(tx, ty)` (in units of `To`).
    pub const fn scale_then_move(sx: f32, sy: f32, tx: f32, ty: f32) -> Self {
        Self::from_rows([[sx, 0.0, tx], [0.0, sy, ty]])
    }

    /// The row-major 2×3 matrix.
    pub const fn rows(&self) -> [[f32; 3]; 2] {
        self.rows
    }

    /// Length in `To` of a unit step in `From` (the square root of the area scale).
    pub fn scale(&self) -> f32 {
        let [[a, b, _], [c, d, _]] = self.rows;
        (a * d - b * c).abs().sqrt()
    }

    /// The inverse map, or `None` if this one is singular.
    pub fn inverse(&self) -> Option<Transform<From, To>> {
        let [[a, b, tx], [c, d, ty]] = self.rows;
        let det = a * d - b * c;
        if !det.is_finite() || det.abs() < 1e-12 {
            return None;
        }
        let (ia, ib, ic, id) = (d / det, -b / det, -c / det, a / det);
        Some(Transform::from_rows([
            [ia, ib, -(ia * tx + ib * ty)],
            [ic, id, -(ic * tx + id * ty)],
        ]))
    }

    /// The smallest axis-aligned rectangle that contains the image of `rect`.
    pub fn bounds_of(&self, rect: &Rect<From>) -> Rect<To> {
        let corners = [
            *self * Point::new(rect.x, rect.y),
            *self * Point::new(rect.x + rect.width, rect.y),
            *self * Point::new(rect.x, rect.y + rect.height),
            *self * Point::new(rect.x + rect.width, rect.y + rect.height),
        ];
        let fold = |pick: fn(&Point<To>) -> f32, best: fn(f32, f32) -> f32, start: f32| {
            corners.iter().map(pick).fold(start, best)
        };
        let left = fold(|p| p.x, f32::min, f32::INFINITY);
        let right = fold(|p| p.x, f32::max, f32::NEG_INFINITY);
        let top = fold(|p| p.y, f32::min, f32::INFINITY);
        let bottom = fold(|p| p.y, f32::max, f32::NEG_INFINITY);
        Rect::new(left, top, right - left, bottom - top)
    }
}

impl<To, From> Mul<Point<From>> for Transform<To, From> {
    type Output = Point<To>;

    fn mul(self, p: Point<From>) -> Point<To> {
        let [[a, b, tx], [c, d, ty]] = self.rows;
        Point::new(a * p.x + b * p.y + tx, c * p.x + d * p.y + ty)
    }
}

impl<C, B, A> Mul<Transform<B, A>> for Transform<C, B> {
    type Output = Transform<C, A>;

    fn mul(self, inner: Transform<B, A>) -> Transform<C, A> {
        let [[a, b, tx], [c, d, ty]] = self.rows;
        let [[e, f, ux], [g, h, uy]] = inner.rows;
        Transform::from_rows([
            [a * e + b * g, a * f + b * h, a * ux + b * uy + tx],
            [c * e + d * g, c * f + d * h, c * ux + d * uy + ty],
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iou_of_a_half_covered_square_is_a_third() {
        let a = Rect::<FramePx>::new(0.0, 0.0, 2.0, 2.0);
        let b = Rect::<FramePx>::new(1.0, 0.0, 2.0, 2.0);

        assert!((a.iou(&b) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_flat_transform_has_no_inverse() {
        let flat = Transform::<CropPx, FramePx>::from_rows([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]);

        assert!(flat.inverse().is_none());
    }
}
