//! [`Rules`]: the tracker's thresholds. [`FollowTarget`]: the tracking target.

use std::time::Duration;

use crate::domain::face::TrackId;

/// The tracker's thresholds; `docs/experiments/2026-11-29-tracker.md` gives the data behind them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Least regressor presence for a track to count as followed.
    pub box_presence_min: f32,
    /// Least landmark network presence for a face.
    pub landmark_presence_min: f32,
    /// Least detector score for a new track, if the landmark network agrees.
    pub start_score_min: f32,
    /// The same for a face that is not small; these score lower.
    pub start_score_min_large: f32,
    /// Least detector score for an unseen face to have jumped there; a fraction of it suffices close to
    /// the last position.
    pub jump_score_min: f32,
    /// Least head coverage, by the mask network, for a vanished face to count as turned away.
    pub head_coverage_min: f32,
    /// Least matcher presence for a match without confirmation by the mask network, which does not
    /// recognise a blurred head.
    pub match_presence_min: f32,
    /// Least matcher presence for a new template of an object that is not a face.
    pub relearn_presence_min: f32,
    /// Least matcher presence for a match where the mask network confirms a head.
    pub match_presence_min_with_head: f32,
    /// Least matcher presence for a head that the user drew.
    pub match_presence_min_drawn: f32,
    /// Largest colour distance (0 identical, 1 disjoint) between a matched head and the track's
    /// descriptor.
    pub colour_distance_max: f32,
    /// The same for a head that moves fast enough to be motion-blurred.
    pub colour_distance_max_blurred: f32,
    /// How long a head is followed by appearance alone after its face was last seen.
    pub blurred_for: Duration,
    /// How long a head is followed after its face was last seen, if the detector saw it often.
    pub turned_for: Duration,
    /// Least landmark network presence for a new track.
    pub start_landmark_presence_min: f32,
    /// Least detector score for a new track without the landmark network's agreement.
    pub sure_score_min: f32,
    /// Least score of a second detection, in another frame, that confirms a track which started on a
    /// lower score.
    pub proof_score_min: f32,
    /// Detections without confirmation after which an unconfirmed track is dropped.
    pub trial_detections: u32,
    /// Frames between two detections while every face is locked.
    pub detect_every_frames: u32,
    /// Consecutive missed detections after which only the detector keeps a track.
    pub misses_max: u32,
    /// How long an unseen face stays tracked.
    pub coast_for: Duration,
    /// How long the position of a lost face stays covered while others are seen.
    pub lost_face_blur_for: Duration,
    /// How long a lost face can be re-identified.
    pub remember_for: Duration,
    /// Largest colour distance (0 identical, 1 disjoint) for re-identification.
    pub looks_distance_max: f32,
    /// Maximum number of simultaneous faces.
    pub max_faces: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            box_presence_min: 0.5,
            landmark_presence_min: 0.5,
            head_coverage_min: 0.5,
            match_presence_min: 0.5,
            relearn_presence_min: 0.7,
            match_presence_min_with_head: 0.2,
            match_presence_min_drawn: 0.4,
            colour_distance_max: 0.2,
            colour_distance_max_blurred: 0.37,
            blurred_for: Duration::from_millis(700),
            turned_for: Duration::from_secs(5),
            start_score_min: 0.8,
            start_score_min_large: 0.85,
            jump_score_min: 0.7,
            start_landmark_presence_min: 0.8,
            sure_score_min: 0.92,
            proof_score_min: 0.6,
            trial_detections: 3,
            detect_every_frames: 4,
            misses_max: 4,
            coast_for: Duration::from_millis(500),
            lost_face_blur_for: Duration::from_secs(3),
            remember_for: Duration::from_secs(10),
            looks_distance_max: 0.6,
            max_faces: 4,
        }
    }
}

/// The tracking target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowTarget {
    Everybody,
    /// One person: the largest face in the next frame that has any.
    TheLargest,
    Person(TrackId),
}

impl FollowTarget {
    pub(super) fn is_a_person(self) -> bool {
        matches!(self, Self::Person(_))
    }
}
