//! The window in which a face has the proportions of the mean face.
//!
//! Painted faces can be longer or broader than real ones, with higher or lower chins, but the network was
//! trained on photographs. A window stretched to align the previous landmarks with the mean face's
//! improves its accuracy.

use std::sync::LazyLock;

use crate::domain::geometry::{CropPx, FramePx, Transform};
use crate::domain::shape::{Landmarks68, SHAPE_POINTS, table};
use crate::stages::landmarks::pose::solve;

/// The mean face in the window, computed by `training/face/mean_shape.py`: 68 lines `x y`, window pixels.
/// The third number is 1.
static MEAN_SHAPE: LazyLock<[[f32; 3]; SHAPE_POINTS]> = LazyLock::new(|| {
    table(include_str!("../../../assets/mean_shape.txt")).map(|[x, y]| [x, y, 1.0])
});

/// Returns the map from such a window of 112 × 112 pixels to the picture: the least-squares affine map
/// from the mean face's landmarks to those of `shape`. Returns `None` for collinear or non-finite
/// landmarks.
pub(super) fn frame_from_window(shape: &Landmarks68) -> Option<Transform<FramePx, CropPx>> {
    let mut squares = [[0.0; 3]; 3];
    let mut wanted = [[0.0; 3]; 2];
    for (row, point) in MEAN_SHAPE.iter().zip(&shape.0) {
        for i in 0..3 {
            for j in 0..3 {
                squares[i][j] += row[i] * row[j];
            }
            wanted[0][i] += row[i] * point.x;
            wanted[1][i] += row[i] * point.y;
        }
    }
    let [across, down] = wanted;
    let map = Transform::from_rows([solve(squares, across)?, solve(squares, down)?]);
    (map.inverse().is_some() && map.scale().is_finite()).then_some(map)
}

/// Returns the window moved by a fraction of its side and scaled about its centre.
pub(super) fn nudged(
    frame_from_window: &Transform<FramePx, CropPx>,
    side: f32,
    [right, down, scale]: [f32; 3],
) -> Transform<FramePx, CropPx> {
    let middle = side / 2.0;
    let start = |shift: f32| middle + shift * side - scale * middle;
    let window_from_window: Transform<CropPx, CropPx> =
        Transform::scale_then_move(scale, scale, start(right), start(down));
    *frame_from_window * window_from_window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Point;

    fn mean_in_window() -> [Point<CropPx>; SHAPE_POINTS] {
        MEAN_SHAPE.map(|[x, y, _]| Point::new(x, y))
    }

    #[test]
    fn the_mean_shape_is_whole_and_lies_in_the_window() {
        let shape = mean_in_window();

        assert!(
            shape
                .iter()
                .all(|p| p.x > 5.0 && p.x < 107.0 && p.y > 5.0 && p.y < 107.0)
        );
        let (nose, chin) = (shape[30], shape[8]);
        assert!((nose.x - 56.0).abs() < 1.0 && chin.y > nose.y + 20.0);
    }

    #[test]
    fn a_long_turned_face_comes_back_into_the_mean_faces_proportions() {
        let painted: Transform<FramePx, CropPx> =
            Transform::from_rows([[2.0, -0.5, 90.0], [0.6, 3.1, 40.0]]);
        let shape = Landmarks68(mean_in_window().map(|p| painted * p));

        let found = frame_from_window(&shape).unwrap();

        for point in mean_in_window() {
            assert!((found * point).distance(painted * point) < 0.05);
        }
    }

    #[test]
    fn points_on_a_line_and_nonsense_have_no_window() {
        let heap = Landmarks68([Point::new(5.0, 5.0); SHAPE_POINTS]);
        let line = Landmarks68(mean_in_window().map(|p| Point::new(p.x, 2.0 * p.x)));
        let nonsense = Landmarks68([Point::new(f32::NAN, 5.0); SHAPE_POINTS]);

        for shape in [heap, line, nonsense] {
            assert!(frame_from_window(&shape).is_none());
        }
    }

    #[test]
    fn a_nudge_moves_by_sides_and_scales_about_the_middle() {
        let same = Transform::<FramePx, CropPx>::scale_then_move(1.0, 1.0, 0.0, 0.0);

        let moved = nudged(&same, 112.0, [0.25, 0.0, 2.0]);

        let middle = moved * Point::new(56.0, 56.0);
        assert!(middle.distance(Point::new(84.0, 56.0)) < 1e-3);
        assert!((moved * Point::new(112.0, 56.0)).distance(Point::new(196.0, 56.0)) < 1e-3);
    }
}
