//! Converts between this program's 68 facial landmarks and the convention used in files.
//!
//! The landmark network learned the hand-set points of `youtube_faces`. Tools that follow iBUG's 300-W set,
//! dlib's predictor among them, place the jaw on the visible outline and the ridge of the nose higher, by 3
//! to 5 % of a face's width. Points are therefore converted when files are read and written.

use std::sync::LazyLock;

use crate::domain::geometry::Point;
use crate::domain::shape::{Landmarks68, SHAPE_POINTS, table};

/// x and y.
type Vector = [f32; 2];

/// The mean face relative to its centre, made by `training/face/mean_shape.py`.
static MEAN: LazyLock<[Vector; SHAPE_POINTS]> = LazyLock::new(|| {
    let points: [Vector; SHAPE_POINTS] = table(include_str!("../../assets/mean_shape.txt"));
    let sum = |axis: usize| points.iter().map(|p| p[axis]).sum::<f32>();
    let middle = [0, 1].map(|axis| sum(axis) / SHAPE_POINTS as f32);
    points.map(|[x, y]| [x - middle[0], y - middle[1]])
});

/// Offset of the file convention for each point of the mean face, made by
/// `training/face/file_convention.py`.
static ADDED: LazyLock<[Vector; SHAPE_POINTS]> =
    LazyLock::new(|| table(include_str!("../../assets/file_convention.txt")));

/// Treats two sets of points as complex numbers and sums the conjugates of one times the other.
fn product(a: &[Vector], b: &[Vector]) -> Vector {
    a.iter()
        .zip(b)
        .fold([0.0; 2], |[re, im], ([ax, ay], [bx, by])| {
            [re + ax * bx + ay * by, im + ax * by - ay * bx]
        })
}

fn divided([x, y]: Vector, [by_x, by_y]: Vector) -> Vector {
    let squared = (by_x * by_x + by_y * by_y).max(f32::MIN_POSITIVE);
    [
        (x * by_x + y * by_y) / squared,
        (y * by_x - x * by_y) / squared,
    ]
}

impl Landmarks68 {
    /// Converts these points to the file convention (iBUG 300-W).
    #[must_use]
    pub fn as_in_files(&self) -> Self {
        self.moved(product(&*MEAN, &*MEAN), 1.0)
    }

    /// Converts the points of a file to the landmark network's convention; the inverse of
    /// [`Landmarks68::as_in_files`].
    #[must_use]
    pub fn from_files(&self) -> Self {
        let ([re, im], [more_re, more_im]) = (product(&*MEAN, &*MEAN), product(&*MEAN, &*ADDED));
        self.moved([re + more_re, im + more_im], -1.0)
    }

    /// Adds the file convention's offset `times` times. Rotation and scale are those of the similarity that
    /// fits the mean face; `whole` is that face's product with itself (or with its points in files).
    fn moved(&self, whole: Vector, times: f32) -> Self {
        let points = self.0.map(|p| [p.x, p.y]);
        let [cos, sin] = divided(product(&*MEAN, &points), whole).map(|part| part * times);
        let mut shape = *self;
        for (point, [x, y]) in shape.0.iter_mut().zip(ADDED.iter()) {
            *point = Point::new(point.x + cos * x - sin * y, point.y + sin * x + cos * y);
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mean face, rotated and scaled, with each point slightly displaced.
    fn face(scale: f32, angle_rad: f32) -> Landmarks68 {
        let (sin, cos) = angle_rad.sin_cos();
        let mut number = 0.0_f32;
        Landmarks68(MEAN.map(|[x, y]| {
            number += 1.0;
            let (x, y) = (x + number.sin(), y + (number * 1.7).cos());
            Point::new(
                300.0 + scale * (cos * x - sin * y),
                200.0 + scale * (sin * x + cos * y),
            )
        }))
    }

    #[test]
    fn a_file_has_the_ridge_higher_and_the_jaw_narrower() {
        let ours = face(3.0, 0.0);

        let file = ours.as_in_files();

        let width = ours.0[0].distance(ours.0[16]);
        let up = (ours.0[28].y - file.0[28].y) / width;
        assert!((0.03..0.06).contains(&up), "{up}");
        assert!(file.0[3].x > ours.0[3].x && file.0[13].x < ours.0[13].x);
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(scale in 0.1_f32..20.0, angle in -3.0_f32..3.0) {
            let ours = face(scale, angle);
            let back = ours.as_in_files().from_files();
            let width = ours.0[0].distance(ours.0[16]);
            for (a, b) in ours.0.iter().zip(back.0) {
                prop_assert!(a.distance(b) < 1e-3 * width);
            }
        }
    }
}
