//! Head pose: the rotation of a mean 3-D face that best fits the 68 landmarks under a scaled orthographic
//! camera (POS, `DeMenthon` and Davis 1995, without the iterations).

use std::sync::LazyLock;

use crate::domain::shape::{HeadPose, Landmarks68, SHAPE_POINTS, table};

/// The mean face, computed by `training/face`: 68 lines `x y z`; x to the picture's right, y down, z
/// away from the camera, in eye distances.
static MEAN_FACE: LazyLock<[[f32; 3]; SHAPE_POINTS]> =
    LazyLock::new(|| table(include_str!("../../../assets/mean_face.txt")));

/// Landmarks that are rigid with the skull: brows, nose, eye corners. Jaw and mouth move independently, and
/// the jaw line of a rotated head lies elsewhere on the skin.
const RIGID: [usize; 21] = [
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45,
];

type Vector = [f32; 3];

fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn scaled(a: Vector, by: f32) -> Vector {
    a.map(|x| x * by)
}

/// Returns the unit vector, or `None` for a vector without a direction.
fn normal(a: Vector) -> Option<Vector> {
    let length = dot(a, a).sqrt();
    (length > 1e-9).then(|| scaled(a, 1.0 / length))
}

/// Returns the vector `x` with `columns · x = wanted` for a symmetric matrix, by Cramer's rule.
pub(super) fn solve(columns: [Vector; 3], wanted: Vector) -> Option<Vector> {
    let [a, b, c] = columns;
    let whole = dot(a, cross(b, c));
    (whole.abs() > 1e-9).then(|| {
        [
            dot(wanted, cross(b, c)) / whole,
            dot(a, cross(wanted, c)) / whole,
            dot(a, cross(b, wanted)) / whole,
        ]
    })
}

/// Returns the head pose of `shape`, or `None` for degenerate landmarks.
pub fn pose_of(shape: &Landmarks68) -> Option<HeadPose> {
    let count = RIGID.len() as f32;
    let seen = RIGID.map(|i| [shape.0[i].x, shape.0[i].y]);
    let mean = RIGID.map(|i| MEAN_FACE[i]);
    let middle_of = |axis: usize| mean.iter().map(|p| p[axis]).sum::<f32>() / count;
    let middle = [middle_of(0), middle_of(1), middle_of(2)];
    let seen_middle = [0, 1].map(|axis: usize| seen.iter().map(|p| p[axis]).sum::<f32>() / count);
    let mut spread = [[0.0; 3]; 3];
    let mut shared = [[0.0; 3]; 2];
    for (model, image) in mean.iter().zip(seen) {
        let m = [0, 1, 2].map(|axis: usize| model[axis] - middle[axis]);
        for (column, x) in spread.iter_mut().zip(m) {
            *column = [0, 1, 2].map(|axis: usize| column[axis] + x * m[axis]);
        }
        for (axis, row) in shared.iter_mut().enumerate() {
            let offset = image[axis] - seen_middle[axis];
            *row = [0, 1, 2].map(|a: usize| row[a] + offset * m[a]);
        }
    }
    // Each image axis is a linear function of the model: the rows of scale × rotation.
    let (right, down) = (solve(spread, shared[0])?, solve(spread, shared[1])?);
    // The nearest pair of orthogonal rows of equal length (symmetric correction).
    let (right, down) = (normal(right)?, normal(down)?);
    let overlap = dot(right, down);
    let minus = |a: Vector, b: Vector| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    let (x, y) = (
        normal(minus(right, scaled(down, overlap / 2.0)))?,
        normal(minus(down, scaled(right, overlap / 2.0)))?,
    );
    let z = cross(x, y);
    // Pitch about the head's own axis first, then yaw, then roll in the picture.
    let degrees = f32::to_degrees;
    Some(HeadPose {
        yaw: degrees(z[0].atan2(x[0].hypot(y[0]))),
        pitch: degrees((-z[1]).atan2(z[2])),
        roll: degrees(y[0].atan2(x[0])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Point;

    /// Returns the mean face rotated by yaw (towards the picture's right), pitch (up) and roll (clockwise),
    /// degrees.
    fn turned(yaw: f32, pitch: f32, roll: f32) -> Landmarks68 {
        let (sy, cy) = yaw.to_radians().sin_cos();
        let (sp, cp) = pitch.to_radians().sin_cos();
        let (sr, cr) = roll.to_radians().sin_cos();
        Landmarks68(MEAN_FACE.map(|[x, y, z]| {
            // The nose lies at negative z: positive pitch moves it up, positive yaw moves it right.
            let (y, z) = (cp * y + sp * z, -sp * y + cp * z);
            let (x, _) = (cy * x - sy * z, sy * x + cy * z);
            let (x, y) = (cr * x - sr * y, sr * x + cr * y);
            Point::new(200.0 + 80.0 * x, 150.0 + 80.0 * y)
        }))
    }

    #[test]
    fn the_mean_face_is_whole_and_its_nose_is_nearest() {
        let nearest = MEAN_FACE
            .iter()
            .enumerate()
            .min_by(|a, b| a.1[2].total_cmp(&b.1[2]));

        assert!(
            nearest.is_some_and(|(i, _)| (29..=33).contains(&i)),
            "{nearest:?}"
        );
        let (right, left) = (MEAN_FACE[36], MEAN_FACE[45]);
        assert!(
            (left[0] - right[0] - 1.0).abs() < 0.05,
            "{right:?} {left:?}"
        );
    }

    #[test]
    fn turns_are_found_again() {
        for (yaw, pitch, roll) in [
            (0.0, 0.0, 0.0),
            (30.0, 0.0, 0.0),
            (-40.0, 0.0, 0.0),
            (0.0, 20.0, 0.0),
            (0.0, -15.0, 0.0),
            (0.0, 0.0, 25.0),
            (20.0, 10.0, -10.0),
        ] {
            let pose = pose_of(&turned(yaw, pitch, roll)).unwrap();

            assert!(
                (pose.yaw - yaw).abs() < 3.0,
                "{pose:?}, {yaw} {pitch} {roll}"
            );
            assert!(
                (pose.pitch - pitch).abs() < 3.0,
                "{pose:?}, {yaw} {pitch} {roll}"
            );
            assert!(
                (pose.roll - roll).abs() < 3.0,
                "{pose:?}, {yaw} {pitch} {roll}"
            );
        }
    }

    #[test]
    fn points_on_a_heap_have_no_turn() {
        assert_eq!(
            pose_of(&Landmarks68([Point::new(5.0, 5.0); SHAPE_POINTS])),
            None
        );
    }
}
