//! Importance of each position for recognising a face: eyes, brows, nose and mouth.

use crate::domain::shape::CropPoints;
use crate::stages::stylize::brush::plane::Plane;

/// Landmark polylines: first and last index, thickness in face widths, importance, whether closed.
const LINES: [(usize, usize, f32, f32, bool); 9] = [
    (36, 41, 0.06, 1.0, true),
    (42, 47, 0.06, 1.0, true),
    (17, 21, 0.06, 1.0, false),
    (22, 26, 0.06, 1.0, false),
    (48, 59, 0.05, 1.0, true),
    (60, 67, 0.04, 1.0, true),
    (31, 35, 0.06, 1.0, false),
    (27, 30, 0.12, 0.35, false),
    (0, 16, 0.05, 0.4, false),
];

/// Index ranges of the eye outlines, which are filled.
const OPENINGS: [(usize, usize); 2] = [(36, 41), (42, 47)];

/// Softness of the edges, face widths.
const SOFT: f32 = 0.018;

/// Returns the width of the face, from the first jaw landmark to the last.
pub(super) fn face_width(points: &CropPoints) -> f32 {
    let ([ax, ay], [bx, by]) = (points[0], points[16]);
    (bx - ax).hypot(by - ay).max(1.0)
}

/// Returns the importance, `[0, 1]`, on a grid of `width` × `height` with a step of `step` pixels of the
/// landmarks' crop.
pub(super) fn features(points: &CropPoints, width: usize, height: usize, step: f32) -> Plane {
    let mut plane = Plane::made(width, height, |_, _| 0.0);
    let points = points.map(|[x, y]| [(x + 0.5) / step - 0.5, (y + 0.5) / step - 0.5]);
    let face = face_width(&points);
    for (first, last) in OPENINGS {
        fill(&mut plane, &points[first..=last]);
    }
    for (first, last, thick, value, closed) in LINES {
        let run = &points[first..=last];
        let radius = (thick * face / 2.0).max(0.5);
        for pair in run.windows(2) {
            stroke(&mut plane, pair[0], pair[1], radius, value);
        }
        if closed {
            stroke(&mut plane, run[run.len() - 1], run[0], radius, value);
        }
    }
    let mut soft = plane.blurred(SOFT * face);
    soft.values
        .iter_mut()
        .for_each(|value| *value = (*value * 1.2).min(1.0));
    soft
}

/// Returns the columns and rows of `plane` within these limits.
fn within(plane: &Plane, low: [f32; 2], high: [f32; 2]) -> [std::ops::Range<usize>; 2] {
    let range = |low: f32, high: f32, length: usize| {
        let start = low.floor().max(0.0) as usize;
        start.min(length)..((high.ceil().max(0.0) as usize) + 1).min(length)
    };
    [
        range(low[0], high[0], plane.width),
        range(low[1], high[1], plane.height),
    ]
}

/// Draws a line from `a` to `b`; the larger value wins.
fn stroke(plane: &mut Plane, a: [f32; 2], b: [f32; 2], radius: f32, value: f32) {
    let (low, high) = (
        [a[0].min(b[0]) - radius - 1.0, a[1].min(b[1]) - radius - 1.0],
        [a[0].max(b[0]) + radius + 1.0, a[1].max(b[1]) + radius + 1.0],
    );
    let [columns, rows] = within(plane, low, high);
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = (along[0] * along[0] + along[1] * along[1]).max(f32::MIN_POSITIVE);
    for y in rows {
        for x in columns.clone() {
            let from = [x as f32 - a[0], y as f32 - a[1]];
            let part = ((from[0] * along[0] + from[1] * along[1]) / length).clamp(0.0, 1.0);
            let away = (from[0] - part * along[0]).hypot(from[1] - part * along[1]);
            let covered = (radius + 0.5 - away).clamp(0.0, 1.0) * value;
            let pixel = &mut plane.values[y * plane.width + x];
            *pixel = pixel.max(covered);
        }
    }
}

/// Fills a polygon with 1.
fn fill(plane: &mut Plane, corners: &[[f32; 2]]) {
    let fold =
        |of: fn(f32, f32) -> f32, i: usize, from: f32| corners.iter().map(|c| c[i]).fold(from, of);
    let low = [fold(f32::min, 0, f32::MAX), fold(f32::min, 1, f32::MAX)];
    let high = [fold(f32::max, 0, f32::MIN), fold(f32::max, 1, f32::MIN)];
    let [columns, rows] = within(plane, low, high);
    for y in rows {
        for x in columns.clone() {
            if holds(corners, [x as f32, y as f32]) {
                plane.values[y * plane.width + x] = 1.0;
            }
        }
    }
}

/// Returns whether the polygon contains a point, by the even–odd rule.
pub(super) fn holds(corners: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let next = corners.iter().skip(1).chain(corners.first());
    let crossed = corners.iter().zip(next).filter(|&(a, b)| {
        (a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])
    });
    crossed.count() % 2 == 1
}
