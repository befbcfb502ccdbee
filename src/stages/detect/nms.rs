//! Greedy non-maximum suppression of boxes on the same face.

use crate::domain::face::Detection;

/// Keeps, from best to worst, each detection whose overlap (`IoU`) with every kept one is at most
/// `limit`. `found` is sorted by descending score.
pub fn best_of_overlapping(found: Vec<Detection>, limit: f32) -> Vec<Detection> {
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in found {
        if kept
            .iter()
            .all(|better| better.bounds.iou(&candidate.bounds) <= limit)
        {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::{Keypoints5, Score};
    use crate::domain::geometry::{Point, Rect};

    fn at(x: f32, score: f32) -> Detection {
        Detection {
            bounds: Rect::new(x, 0.0, 10.0, 10.0),
            landmarks: Keypoints5::from_array([Point::new(x, 0.0); 5]),
            score: Score(score),
        }
    }

    #[test]
    fn the_best_of_two_overlapping_boxes_stays_and_a_far_one_too() {
        let kept = best_of_overlapping(vec![at(0.0, 0.9), at(1.0, 0.8), at(50.0, 0.7)], 0.4);

        let lefts: Vec<f32> = kept.iter().map(|d| d.bounds.x).collect();
        assert_eq!(lefts, [0.0, 50.0]);
    }
}
