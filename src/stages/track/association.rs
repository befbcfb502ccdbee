//! Detection-to-track association.

use crate::domain::face::{BoundingBox, Detection};

/// Least overlap (`IoU`) between a detection and its track.
const SAME_FACE_IOU: f32 = 0.2;

/// Fraction of the jump score that suffices for an unseen face close to its last position.
const NEAR_BY: f32 = 0.7;

/// A detection that overlaps an undetected track by more than this (`IoU`) starts no track: it may be
/// an imprecise box of the same head.
const STRANGER_IOU: f32 = 0.05;

/// The same threshold for a track with its own detection, since two heads may be cheek to cheek.
const NEIGHBOUR_IOU: f32 = 0.4;

/// Largest displacement of an unseen face, in longer sides of its box, and its growth per further
/// unseen frame.
const JUMP: f32 = 1.2;
const JUMP_A_FRAME: f32 = 0.2;
const LARGEST_JUMP: f32 = 3.0;

/// Largest ratio of sizes before and after a jump.
const GROWTH: f32 = 1.8;

/// Association input for one track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) bounds: BoundingBox,
    /// Frames since the face was last seen; 0 if it is seen in this frame.
    pub(super) unseen: u32,
}

/// Pairs tracks with detections greedily by overlap times score; each detection is used once. An
/// unseen track then takes the nearest remaining detection with a score of at least `again`, if the
/// face can have jumped that far. Returns the index of each track's detection, and the indices of
/// detections that belong to no track.
pub(super) fn associate(
    tracks: &[Candidate],
    detections: &[Detection],
    again: f32,
) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut of_track = vec![None; tracks.len()];
    let mut taken = vec![false; detections.len()];
    pair(
        tracks,
        detections,
        &mut of_track,
        &mut taken,
        |track, detection| {
            let overlap = track.bounds.iou(&detection.bounds);
            let sure = track.unseen == 0 || detection.score.0 >= NEAR_BY * again;
            // A false detection on an ear, at half the score, overlaps a head in profile better.
            (sure && overlap >= SAME_FACE_IOU).then_some(-overlap * detection.score.0)
        },
    );
    pair(
        tracks,
        detections,
        &mut of_track,
        &mut taken,
        |track, detection| {
            let sure = track.unseen > 0 && detection.score.0 >= again;
            sure.then(|| jump(track, detection)).flatten()
        },
    );
    let is_stranger = |detection: &Detection| {
        tracks.iter().zip(&of_track).all(|(track, own)| {
            let limit = if own.is_some() {
                NEIGHBOUR_IOU
            } else {
                STRANGER_IOU
            };
            track.bounds.iou(&detection.bounds) <= limit
        })
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

/// Returns the jump from track to detection in longer box sides, if it is plausible.
fn jump(track: &Candidate, detection: &Detection) -> Option<f32> {
    let side = |b: &BoundingBox| b.width.max(b.height).max(1.0);
    let (was, is) = (side(&track.bounds), side(&detection.bounds));
    let far = track.bounds.centre().distance(detection.bounds.centre()) / was;
    let limit = (JUMP + JUMP_A_FRAME * track.unseen as f32).min(LARGEST_JUMP);
    let growth = (is / was).max(was / is);
    (far <= limit && growth <= GROWTH).then_some(far)
}

/// Assigns free detections to free tracks greedily, cheapest pair first.
fn pair(
    tracks: &[Candidate],
    detections: &[Detection],
    of_track: &mut [Option<usize>],
    taken: &mut [bool],
    cost: impl Fn(&Candidate, &Detection) -> Option<f32>,
) {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, track) in tracks.iter().enumerate() {
        for (d, detection) in detections.iter().enumerate() {
            pairs.extend(cost(track, detection).map(|cost| (cost, t, d)));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, t, d) in pairs {
        if let (Some(slot @ None), Some(free @ false)) = (of_track.get_mut(t), taken.get_mut(d)) {
            *slot = Some(d);
            *free = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::face::{Keypoints5, Score};
    use crate::domain::geometry::{Point, Rect};

    fn seen(x: f32) -> Detection {
        Detection {
            bounds: Rect::new(x, 0.0, 10.0, 10.0),
            landmarks: Keypoints5::from_array([Point::new(x, 0.0); 5]),
            score: Score(0.9),
        }
    }

    fn followed(x: f32, unseen: u32) -> Candidate {
        let bounds = Rect::new(x, 0.0, 10.0, 10.0);
        Candidate { bounds, unseen }
    }

    #[test]
    fn only_a_face_that_is_not_seen_is_taken_up_where_it_jumped_to() {
        let near = [seen(13.0)];

        assert_eq!(associate(&[followed(0.0, 0)], &near, 0.7).0, [None]);
        assert_eq!(associate(&[followed(0.0, 1)], &near, 0.7).0, [Some(0)]);
        assert_eq!(associate(&[followed(0.0, 1)], &[seen(40.0)], 0.7).0, [None]);
    }

    #[test]
    fn a_face_beside_a_seen_one_is_a_stranger_and_one_beside_an_unseen_one_is_not() {
        let (own, beside) = (seen(0.5), seen(8.0));

        let (_, strangers) = associate(&[followed(0.0, 0)], &[own, beside], 0.7);
        assert_eq!(strangers, [1]);
        let (of_track, strangers) = associate(&[followed(0.0, 0)], &[beside], 0.7);
        assert_eq!((of_track, strangers), (vec![None], vec![]));
    }

    #[test]
    fn each_track_takes_its_nearest_detection_and_the_stranger_is_left() {
        let tracks = [followed(0.0, 0), followed(30.0, 0)];

        let (of_track, left) = associate(&tracks, &[seen(31.0), seen(100.0), seen(1.0)], 0.7);

        assert_eq!(of_track, [Some(2), Some(0)]);
        assert_eq!(left, [1]);
    }

    #[test]
    fn a_face_is_taken_before_a_nearer_ear_that_is_half_as_sure() {
        let mut ear = seen(2.0);
        ear.score = Score(0.45);

        let (of_track, _) = associate(&[followed(0.0, 0)], &[seen(4.0), ear], 0.7);

        assert_eq!(of_track, [Some(0)]);
    }

    #[test]
    fn two_tracks_never_share_a_detection() {
        let tracks = [followed(0.0, 0), followed(1.0, 0)];

        let (of_track, _) = associate(&tracks, &[seen(0.0)], 0.7);

        assert_eq!(of_track, [Some(0), None]);
    }
}
