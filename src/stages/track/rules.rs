//! [`Rules`]: from when on the tracker believes what. [`FollowTarget`]: who is followed.

use std::time::Duration;

use crate::domain::face::TrackId;

/// The tracker's rules; `docs/experiments/2026-11-29-tracker.md` says on what they were chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The regressor's presence from which an object counts as followed.
    pub box_presence_min: f32,
    /// The landmark network's presence from which it counts as a face.
    pub landmark_presence_min: f32,
    /// Detector score from which a new track starts, if the landmark network agrees.
    pub start_score_min: f32,
    /// The same for a face that is no small one: these score lower.
    pub start_score_min_large: f32,
    /// Detector score from which a face that is out of sight may have jumped there; near by, a part of
    /// it is enough.
    pub jump_score_min: f32,
    /// How much of a head the mask network must see where a face was for it to have turned away.
    pub head_coverage_min: f32,
    /// The matcher's presence from which what it found is what was sought; the mask network need not
    /// see a head there, since a blurred one is none to it.
    pub match_presence_min: f32,
    /// The same from which its looks are learnt anew, of a thing.
    pub relearn_presence_min: f32,
    /// The same where the mask network sees a head.
    pub match_presence_min_with_head: f32,
    /// The same of a head that a person drew.
    pub match_presence_min_drawn: f32,
    /// Distance of colours (0 the same, 1 nothing in common) up to which a head that was found is the
    /// one that was sought.
    pub colour_distance_max: f32,
    /// The same of one that moves so fast that it must be blurred.
    pub colour_distance_max_blurred: f32,
    /// How long a head is followed by its looks alone after its face was seen last.
    pub blurred_for: Duration,
    /// How long a head is followed after its face was seen last, if the detector saw it often.
    pub turned_for: Duration,
    /// The landmark network's presence from which it agrees.
    pub start_landmark_presence_min: f32,
    /// Detector score from which it starts on the detector's word alone.
    pub sure_score_min: f32,
    /// Score of a second detection, in another frame, by which a face that started on a lower one
    /// is proven.
    pub proof_score_min: f32,
    /// Detections without it after which a face that is not proven was none.
    pub trial_detections: u32,
    /// Frames between two detections while every face is locked.
    pub detect_every_frames: u32,
    /// Detections in a row without a face, after which only the detector keeps a track.
    pub misses_max: u32,
    /// How long an unseen face is kept.
    pub coast_for: Duration,
    /// How long the place of a lost face stays covered while others are seen.
    pub lost_face_blur_for: Duration,
    /// How long a lost face's id waits for its return.
    pub remember_for: Duration,
    /// Distance of looks (0 the same, 1 nothing in common) up to which a face is the lost one.
    pub looks_distance_max: f32,
    /// Most faces at once.
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

/// Who is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowTarget {
    Everybody,
    /// One person: the largest in the next frame that has anybody.
    TheLargest,
    Person(TrackId),
}

impl FollowTarget {
    pub(super) fn is_a_person(self) -> bool {
        matches!(self, Self::Person(_))
    }
}
