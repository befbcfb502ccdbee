//! Which part of a face a place belongs to, as soft labels drawn from its 68 points.

use crate::stages::stylize::portrait::field::Anchors;
use crate::stages::stylize::portrait::plane::Plane;

/// How far the forehead reaches over the brows, over the distance from the nose's root to the chin.
const FOREHEAD: f32 = 0.32;

/// The features' runs of points: brows, nose, eyes, lips.
const FEATURES: [std::ops::Range<usize>; 6] = [17..22, 22..27, 27..36, 36..42, 42..48, 48..60];

/// The hull of `points`, counted so that its inside lies to the right of every edge (y down).
fn hull(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let turns = |a: [f32; 2], b: [f32; 2], c: [f32; 2]| {
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    };
    let half = |ordered: &mut dyn Iterator<Item = [f32; 2]>| {
        let mut chain: Vec<[f32; 2]> = Vec::new();
        for point in ordered {
            while let [.., a, b] = chain[..] {
                if turns(a, b, point) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut all = half(&mut sorted.iter().copied());
    all.extend(half(&mut sorted.iter().rev().copied()));
    all
}

/// 1 inside the hull of `points`, 0 from `fade` pixels outside on, linear between.
fn filled(points: &[[f32; 2]], fade: f32, side: usize, into: &mut Plane, scale: f32) {
    let corners = hull(points);
    let width = side;
    for (i, value) in into.values_mut().iter_mut().enumerate() {
        let at = [
            ((i % width) as f32 + 0.5) * scale,
            ((i / width) as f32 + 0.5) * scale,
        ];
        let mut outside = 0.0_f32;
        for (k, a) in corners.iter().enumerate() {
            let b = corners[(k + 1) % corners.len()];
            let (ex, ey) = (b[0] - a[0], b[1] - a[1]);
            let length = ex.hypot(ey).max(1e-6);
            let inwards = (ex * (at[1] - a[1]) - ey * (at[0] - a[0])) / length;
            outside = outside.max(-inwards);
        }
        *value = value.max(1.0 - outside / fade.max(1e-3));
    }
}

/// The face with its forehead, 1 inside and soft at the border: `side` × `side` pixels, each
/// `scale` of the points' pixels wide.
pub fn face(points: &Anchors, side: usize, scale: f32) -> Plane {
    let mut outline = points.to_vec();
    let (root, chin) = (points[27], points[8]);
    let lift = [
        (root[0] - chin[0]) * FOREHEAD,
        (root[1] - chin[1]) * FOREHEAD,
    ];
    let brows = &points[17..27];
    outline.extend(brows.iter().map(|[x, y]| [x + lift[0], y + lift[1]]));
    let mut plane = Plane::new(side, side);
    filled(&outline, 1.0, side, &mut plane, scale);
    let width = (points[16][0] - points[0][0]).hypot(points[16][1] - points[0][1]);
    plane.blur(((0.025 * width / scale) as usize).max(1));
    plane
}

/// Brows, eyes, nose and lips, 1 on them and fading out around.
pub fn features(points: &Anchors, side: usize, scale: f32) -> Plane {
    let mut plane = Plane::new(side, side);
    let width = (points[16][0] - points[0][0]).hypot(points[16][1] - points[0][1]);
    for range in FEATURES {
        if let Some(run) = points.get(range) {
            filled(run, 0.06 * width, side, &mut plane, scale);
        }
    }
    plane.blur(((0.012 * width / scale) as usize).max(1));
    plane
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_of_a_square_with_a_dot_inside_is_the_square() {
        let corners = hull(&[[0.0, 0.0], [4.0, 0.0], [2.0, 1.0], [4.0, 4.0], [0.0, 4.0]]);

        assert_eq!(corners.len(), 4);
        assert!(!corners.contains(&[2.0, 1.0]));
    }

    #[test]
    fn a_filled_square_is_one_inside_and_nothing_far_outside() {
        let mut plane = Plane::new(20, 20);
        filled(
            &[[5.0, 5.0], [15.0, 5.0], [15.0, 15.0], [5.0, 15.0]],
            2.0,
            20,
            &mut plane,
            1.0,
        );

        assert_eq!(plane.at(10, 10), 1.0);
        assert_eq!(plane.at(1, 10), 0.0);
        assert!(plane.at(15, 10) > 0.5);
    }
}
