//! Which detection belongs to which track.

use crate::domain::face::{BoundingBox, Detection};

/// Overlap (`IoU`) from which a detection may belong to a track.
const SAME_FACE_IOU: f32 = 0.2;

/// A detection that overlaps any track by more than this starts no track of its own: it may be the
/// same head, badly boxed.
const STRANGER_IOU: f32 = 0.05;

/// Pairs tracks with detections, best overlap first; each is used once. Gives, for each track, the
/// index of its detection, and the indices of the detections of faces that have no track.
pub(super) fn associate(
    tracks: &[BoundingBox],
    detections: &[Detection],
) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, track) in tracks.iter().enumerate() {
        for (d, detection) in detections.iter().enumerate() {
            let overlap = track.iou(&detection.bounds);
            if overlap >= SAME_FACE_IOU {
                pairs.push((overlap, t, d));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut of_track = vec![None; tracks.len()];
    let mut taken = vec![false; detections.len()];
    for (_, t, d) in pairs {
        if let (Some(slot @ None), Some(free @ false)) = (of_track.get_mut(t), taken.get_mut(d)) {
            *slot = Some(d);
            *free = true;
        }
    }
    let is_stranger = |detection: &Detection| {
        let overlaps = tracks.iter().map(|track| track.iou(&detection.bounds));
        overlaps.fold(0.0, f32::max) <= STRANGER_IOU
    };
    let left = taken
        .iter()
        .zip(detections)
        .enumerate()
        .filter(|(_, (taken, detection))| !**taken && is_stranger(detection))
        .map(|(d, _)| d)
        .collect();
    (of_track, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::{Landmarks, Score};
    use crate::domain::geometry::{Point, Rect};

    fn seen(x: f32) -> Detection {
        Detection {
            bounds: Rect::new(x, 0.0, 10.0, 10.0),
            landmarks: Landmarks::from_array([Point::new(x, 0.0); 5]),
            score: Score(0.9),
        }
    }

    #[test]
    fn each_track_takes_its_nearest_detection_and_the_stranger_is_left() {
        let tracks = [
            Rect::new(0.0, 0.0, 10.0, 10.0),
            Rect::new(30.0, 0.0, 10.0, 10.0),
        ];

        let (of_track, left) = associate(&tracks, &[seen(31.0), seen(100.0), seen(1.0)]);

        assert_eq!(of_track, [Some(2), Some(0)]);
        assert_eq!(left, [1]);
    }

    #[test]
    fn two_tracks_never_share_a_detection() {
        let tracks = [
            Rect::new(0.0, 0.0, 10.0, 10.0),
            Rect::new(1.0, 0.0, 10.0, 10.0),
        ];

        let (of_track, _) = associate(&tracks, &[seen(0.0)]);

        assert_eq!(of_track, [Some(0), None]);
    }
}
