//! Dense correspondence: maps each position of a picture to the mean face, where crop and reference
//! correspond.
//!
//! The map is an affine moving-least-squares deformation through the 68 landmarks (Schaefer, `McPhail`
//! and Warren, SIGGRAPH 2006), evaluated at coarse nodes and interpolated between them.

use std::sync::LazyLock;

use crate::domain::shape::{CropPoints, table};
use crate::stages::stylize::brush::features::face_width;
use crate::stages::stylize::brush::plane::Plane;

/// Node spacing, pixels.
const NODE: f32 = 16.0;

/// Softening radius of the landmark weights, face widths.
const SOFT: f32 = 0.12;

/// The mean face in a window of 112 pixels, computed by `training/face/mean_shape.py`.
static MEAN_FACE: LazyLock<CropPoints> =
    LazyLock::new(|| table(include_str!("../../../../assets/mean_shape.txt")));

/// Valid range of positions beyond the window, window pixels.
const BEYOND: f32 = 40.0;

/// Returns the mean-face position, in window pixels, of every second position of a grid of `width` ×
/// `height` with a step of `step` pixels of the landmarks' picture. [`BEYOND`] is added to keep the
/// coordinates non-negative.
pub(super) fn places(points: &CropPoints, [width, height]: [usize; 2], step: f32) -> [Plane; 2] {
    let nodes = |count: usize| (count as f32 * step / NODE).ceil() as usize + 2;
    let (columns, rows) = (nodes(width), nodes(height));
    let soft = (SOFT * face_width(points)).powi(2);
    let mut coarse = [0, 1].map(|_| Plane::made(columns, rows, |_, _| 0.0));
    for j in 0..rows {
        for i in 0..columns {
            let at = moved(points, &MEAN_FACE, [i as f32 * NODE, j as f32 * NODE], soft);
            coarse[0].values[j * columns + i] = at[0];
            coarse[1].values[j * columns + i] = at[1];
        }
    }
    let scale = 2.0 * step / NODE;
    coarse.map(|plane| {
        Plane::made(width.div_ceil(2), height.div_ceil(2), |x, y| {
            let at = plane.at(x as f32 * scale, y as f32 * scale);
            (at + BEYOND).clamp(0.0, 112.0 + 2.0 * BEYOND)
        })
    })
}

fn moved(from: &CropPoints, to: &CropPoints, [x, y]: [f32; 2], soft: f32) -> [f32; 2] {
    let weights = from.map(|[px, py]| 1.0 / ((px - x).powi(2) + (py - y).powi(2) + soft));
    let total: f32 = weights.iter().sum();
    let centre = |points: &CropPoints| {
        let sum = points.iter().zip(weights).fold([0.0; 2], |sum, (p, w)| {
            [sum[0] + p[0] * w, sum[1] + p[1] * w]
        });
        [sum[0] / total, sum[1] / total]
    };
    let (p0, q0) = (centre(from), centre(to));
    let (mut a, mut b) = ([0.0_f32; 3], [[0.0_f32; 2]; 2]);
    for ((p, q), w) in from.iter().zip(to).zip(weights) {
        let (p, q) = ([p[0] - p0[0], p[1] - p0[1]], [q[0] - q0[0], q[1] - q0[1]]);
        a = [
            a[0] + w * p[0] * p[0],
            a[1] + w * p[0] * p[1],
            a[2] + w * p[1] * p[1],
        ];
        for i in 0..2 {
            for k in 0..2 {
                b[i][k] += w * p[i] * q[k];
            }
        }
    }
    let det = a[0] * a[2] - a[1] * a[1];
    if det.abs() < 1e-9 {
        return q0;
    }
    let (dx, dy) = (x - p0[0], y - p0[1]);
    let (u, v) = ((dx * a[2] - dy * a[1]) / det, (dy * a[0] - dx * a[1]) / det);
    [
        q0[0] + u * b[0][0] + v * b[1][0],
        q0[1] + u * b[0][1] + v * b[1][1],
    ]
}
