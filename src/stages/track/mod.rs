//! [`Tracker`]: multi-face tracking over time.
//!
//! ```text
//!                detected              not seen                 unseen for `coast`
//! (Searching) ───────────▶ Locked ───────────────▶ Coasting ───────────────────────▶ Lost
//!                          ▲  ▲──── seen again ───────┘                                │
//!                          └────── detected again within `remember`: the old id ───────┘
//! ```
//!
//! In each frame the regressor moves every box, and the landmark network verifies that the box holds a
//! face, because the regressor alone follows any object, such as a wall. The matcher finds a head that
//! turned away or is motion-blurred by its template while the mask network confirms a head, or for a
//! short time by appearance alone. It also follows any other object. The detector runs periodically, and
//! immediately when a track is uncertain. `association.rs` pairs detections with tracks; `people.rs`
//! handles re-identification.

// Detection-to-track association.
mod association;

// Colour descriptors for re-identification.
mod appearance;

// Face boxes from 68 landmarks.
mod by_points;

// User-drawn boxes relative to the detector's.
mod convention;

// Box regression.
pub mod regress;

// Tracking thresholds.
mod rules;

// Template matching in a wide search window.
pub mod matcher;

// Temporal smoothing.
pub mod one_euro;

// Jitter and lag measurement.
mod steadiness;

// The tracker's interface to its networks.
pub mod models;

// The state of one track.
mod life;

// The per-frame update of one track.
mod step;

// New tracks, re-identification, duplicates, target selection.
mod people;

use std::sync::Arc;

use crate::domain::face::{
    BoundingBox, Detection, Score, SearchRegion, Steadiness, TrackId, TrackState, TrackedFace,
};
use crate::domain::frame::{Frame, FrameTime};
use crate::stages::track::association::{Candidate, associate};
use crate::stages::track::convention::Convention;
use crate::stages::track::life::{Kind, Track, mean_landmarks};
use crate::stages::track::models::TrackerModels;
use crate::stages::track::one_euro::OneEuro;
use crate::stages::track::rules::FollowTarget;
pub use crate::stages::track::rules::Rules;
use crate::stages::track::step::{advance, is_doubted, look_closely};

/// Overlap (`IoU`) of a lost face with a visible one above which the lost face needs no cover.
const SAME_PLACE: f32 = 0.3;

/// Least longer side of a face that starts a track, frame pixels.
const LEAST_SIDE: f32 = 18.0;

/// Longer side below which a face counts as small, frame pixels.
const SMALL_SIDE: f32 = 40.0;

/// Detections per search of one picture part while every face is locked.
const PART_EVERY: u32 = 4;

/// Regressor iterations on a new face before tracking starts.
const FIRST_LOOKS: u32 = 4;

/// Frames between two updates of the appearance descriptors.
const LOOK_EVERY: u64 = 8;

/// Maximum number of remembered lost faces.
const MOST_LOST: usize = 8;

/// Follows up to [`Rules::max_faces`] faces, or the one object in a user-drawn box.
#[derive(Debug)]
pub struct Tracker {
    rules: Rules,
    filter: OneEuro,
    /// Oldest first, including lost tracks.
    tracks: Vec<Track>,
    whom: FollowTarget,
    next_id: u32,
    since_detection: u32,
    parts_seen: u32,
    /// Tracks re-identified in this frame: their previous state and the detector's score.
    returns: Vec<(Track, Score)>,
}

impl Tracker {
    /// Creates a tracker without faces.
    pub fn new(rules: Rules, quickness: f32) -> Self {
        Self {
            rules,
            filter: OneEuro::for_quickness(quickness),
            tracks: Vec::new(),
            whom: FollowTarget::Everybody,
            next_id: 0,
            since_detection: 0,
            parts_seen: 0,
            returns: Vec::new(),
        }
    }

    /// Sets the smoothing from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.filter = OneEuro::for_quickness(quickness);
    }

    /// Sets whether to follow one person only: the largest face in the current picture. Posters and
    /// other people are then ignored.
    pub fn set_only_one(&mut self, only: bool) {
        self.whom = match (only, self.whom) {
            (true, FollowTarget::Everybody) => FollowTarget::TheLargest,
            (true, chosen) => chosen,
            (false, _) => FollowTarget::Everybody,
        };
    }

    /// Follows the content of `bounds` in `frame`. A face keeps face tracking, and its box is reported in
    /// the proportions of `bounds`; any other object is followed by template matching alone.
    pub fn follow<S: TrackerModels>(
        &mut self,
        bounds: BoundingBox,
        frame: &Arc<Frame>,
        models: &mut S,
    ) -> Result<(), S::Error> {
        const SAME: f32 = 0.25;
        let mut found = models.detect(&frame.picture, SearchRegion::Whole)?;
        found.extend(models.detect(&frame.picture, SearchRegion::Around(bounds))?);
        let overlap = |d: &&Detection| d.bounds.iou(&bounds);
        let face = found
            .iter()
            .filter(|d| overlap(d) >= SAME)
            .max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let (kind, seen) = if let Some(face) = face {
            (
                Kind::GivenFace(Convention::of(&bounds, &face.bounds)),
                *face,
            )
        } else {
            let (landmarks, score) = (mean_landmarks(&bounds), Score(1.0));
            let seen = Detection {
                bounds,
                landmarks,
                score,
            };
            (Kind::Thing, seen)
        };
        let track = Track::new(self.fresh_id(), kind, &seen, frame);
        self.tracks.push(track);
        self.examine(frame, models)?;
        self.finish(frame);
        Ok(())
    }

    /// Processes the next frame.
    pub fn step<S: TrackerModels>(
        &mut self,
        frame: &Arc<Frame>,
        models: &mut S,
    ) -> Result<(), S::Error> {
        let places = self.places();
        for track in &mut self.tracks {
            let alone = is_alone(track, &places);
            advance(track, alone, &self.rules, frame, models)?;
        }
        self.since_detection += 1;
        if let Some(views) = self.views_wanted() {
            let mut found = Vec::new();
            for view in views {
                found.extend(models.detect(&frame.picture, view)?);
            }
            self.correct(&without_doubles(found), frame);
            self.examine(frame, models)?;
        }
        self.finish(frame);
        Ok(())
    }

    /// Returns the regions for the detector in this frame, if any.
    fn views_wanted(&mut self) -> Option<Vec<SearchRegion>> {
        let alive = || self.tracks.iter().filter(|track| track.is_alive());
        if alive().any(|track| !track.is_face()) {
            return None;
        }
        let searching = self.shown().all(|track| !track.is_alive());
        let is_lost_sight = |t: &Track| t.state() == TrackState::Coasting || t.is_blind();
        let is_unsure = |t: &Track| is_lost_sight(t) || t.unconfirmed > 0 || !t.is_proven();
        let unsure = alive().any(is_unsure);
        let due = self.since_detection >= self.rules.detect_every_frames;
        // The detector searches one part of the picture at a time for small faces.
        let with_part = searching || (due && self.parts_seen.is_multiple_of(PART_EVERY));
        if !(searching || unsure || due) {
            return None;
        }
        self.since_detection = 0;
        let looked_for = alive().filter(|t| is_lost_sight(t) || !t.is_proven());
        let mut views: Vec<SearchRegion> =
            looked_for.map(|t| SearchRegion::Around(t.bounds)).collect();
        views.push(SearchRegion::Whole);
        if with_part {
            views.push(SearchRegion::Part(self.parts_seen / PART_EVERY));
        }
        let step = if searching { PART_EVERY } else { 1 };
        self.parts_seen = self.parts_seen.wrapping_add(step);
        Some(views)
    }

    /// Applies this frame's detections: starts, confirms and doubts tracks.
    fn correct(&mut self, detections: &[Detection], frame: &Arc<Frame>) {
        let (mut alive, lost): (Vec<Track>, Vec<Track>) = std::mem::take(&mut self.tracks)
            .into_iter()
            .partition(Track::is_alive);
        let candidates: Vec<Candidate> = alive
            .iter()
            .map(|track| Candidate {
                bounds: track.bounds,
                unseen: track.unseen.max(u32::from(track.is_blind())),
            })
            .collect();
        let (of_track, strangers) = associate(&candidates, detections, self.rules.jump_score_min);
        for (track, found) in alive.iter_mut().zip(of_track) {
            if let Some(detection) = found.and_then(|d| detections.get(d)) {
                track.confirm(detection, frame);
                track.prove(detection.score.0 >= self.rules.proof_score_min);
                continue;
            }
            if !track.is_blind() {
                track.unconfirmed += 1;
            }
            track.prove(false);
        }
        alive.retain(|track| track.is_proven() || track.trials < self.rules.trial_detections);
        self.tracks = alive;
        self.tracks.extend(lost);
        for detection in strangers.into_iter().filter_map(|d| detections.get(d)) {
            let side = detection.bounds.width.max(detection.bounds.height);
            let start = if side < SMALL_SIDE {
                self.rules.start_score_min
            } else {
                self.rules.start_score_min_large
            };
            if detection.score.0 >= start && side >= LEAST_SIDE {
                self.spawn_or_reidentify(detection, frame);
            }
        }
        self.tracks.sort_by_key(|track| track.id);
    }

    /// Runs the landmark network on faces that the detector has just placed.
    fn examine<S: TrackerModels>(
        &mut self,
        frame: &Arc<Frame>,
        models: &mut S,
    ) -> Result<(), S::Error> {
        let rules = self.rules;
        let placed = |t: &&mut Track| {
            t.is_face() && t.is_alive() && !t.has_shape() && !is_doubted(t, &rules)
        };
        for track in self.tracks.iter_mut().filter(placed) {
            let is_new = track.started == frame.id;
            // Start from the regressor's own box, since it tracks from here.
            for _ in 0..if is_new { FIRST_LOOKS } else { 0 } {
                let own = models.regress(&frame.picture, &frame.picture, &track.bounds)?;
                if own.presence.0 >= rules.box_presence_min {
                    track.begin_at(&own.bounds);
                }
            }
            if is_new && track.score.0 < rules.sure_score_min && !track.is_given() {
                track.put_on_trial();
            }
            if track.state() == TrackState::Locked {
                let window = (track.bounds, track.landmarks);
                let (marks, found) = look_closely(window, &rules, frame, models)?;
                match found {
                    Some(bounds) if is_new => track.place(&bounds),
                    Some(bounds) => track.bounds = bounds,
                    None => {}
                }
                track.mark(&marks, marks.presence.0 >= rules.landmark_presence_min);
            }
            if is_new {
                track.settle();
            }
        }
        // A new track needs agreement of both networks, or a high detector score.
        self.tracks.retain(|track| {
            let is_new = track.started == frame.id && !track.is_given();
            !is_new
                || track.real.0 >= rules.start_landmark_presence_min
                || track.score.0 >= rules.sure_score_min
        });
        self.doubt_returns();
        Ok(())
    }

    /// Returns the faces of the newest frame, oldest track first.
    pub fn faces(&self) -> Vec<TrackedFace> {
        let alive = self.shown().filter(|track| track.is_alive());
        alive.map(Track::face).collect()
    }

    /// Returns recently lost faces that may still be in the picture, with the opacity of their cover in
    /// `(0, 1]`; the opacity fades at the end.
    pub fn lost_faces(&self, now: FrameTime) -> Vec<(TrackedFace, f32)> {
        let fade = self.rules.coast_for;
        let until = fade + self.rules.lost_face_blur_for;
        let alive = || self.shown().filter(|track| track.is_alive());
        let lost = |track: &&Track| track.state() == TrackState::Lost && track.is_face();
        let lost_face = |track: &Track| {
            let left = until.saturating_sub(now.since(track.last_seen()));
            let opacity = (left.as_secs_f32() / fade.as_secs_f32().max(0.001)).min(1.0);
            let covered = alive().any(|other| other.bounds.iou(&track.bounds) > SAME_PLACE);
            (opacity > 0.0 && !covered).then(|| (track.face(), opacity))
        };
        self.shown().filter(lost).filter_map(lost_face).collect()
    }

    /// Returns the best state among the shown tracks, or `Searching`.
    pub fn state(&self) -> TrackState {
        let has = |state| self.shown().any(|track| track.state() == state);
        [TrackState::Locked, TrackState::Coasting, TrackState::Lost]
            .into_iter()
            .find(|state| has(*state))
            .unwrap_or(TrackState::Searching)
    }

    /// Returns jitter and lag of the oldest face.
    pub fn steadiness(&self) -> Option<Steadiness> {
        let oldest = self.shown().find(|track| track.is_alive())?;
        oldest.meter.figures()
    }

    /// Smooths tracks, gives up tracks unseen for too long, and removes expired and duplicate ones.
    fn finish(&mut self, frame: &Arc<Frame>) {
        let now = frame.shown_at;
        for track in &mut self.tracks {
            track.steady(now, self.filter);
            track.give_up_after(self.rules.coast_for, now);
        }
        self.merge_duplicates(frame);
        self.choose();
        let kept = self.rules.coast_for + self.rules.remember_for;
        let mut tracks = std::mem::take(&mut self.tracks);
        tracks.retain(|track| {
            let remembered = now.since(track.last_seen()) <= kept || self.is_the_one(track);
            track.is_sound() && (track.is_alive() || remembered)
        });
        let is_lost = |track: &Track| !track.is_alive() && !self.is_the_one(track);
        if tracks.iter().filter(|track| is_lost(track)).count() > MOST_LOST
            && let Some(oldest) = tracks.iter().position(is_lost)
        {
            tracks.remove(oldest);
        }
        self.tracks = tracks;
        if frame.id.0.is_multiple_of(LOOK_EVERY) {
            self.look_at_clothes(frame);
        }
    }

    fn fresh_id(&mut self) -> TrackId {
        let id = TrackId(self.next_id);
        self.next_id += 1;
        id
    }
}

/// Returns whether no other track is close enough for confusion by appearance.
fn is_alone(track: &Track, places: &[(TrackId, BoundingBox)]) -> bool {
    const NEAR: f32 = 3.0;
    let (middle, b) = (track.bounds.centre(), track.bounds);
    let around = BoundingBox::from_centre(middle, NEAR * b.width, NEAR * b.height);
    let far = |(id, other): &(TrackId, BoundingBox)| {
        *id == track.id || around.intersection(other).area() <= 0.0
    };
    places.iter().all(far)
}

/// Removes duplicate detections from overlapping views, keeping the better one; best first.
fn without_doubles(mut found: Vec<Detection>) -> Vec<Detection> {
    const DOUBLE_IOU: f32 = 0.4;
    found.sort_by(|a, b| b.score.0.total_cmp(&a.score.0));
    let mut kept: Vec<Detection> = Vec::with_capacity(found.len());
    for face in found {
        if kept
            .iter()
            .all(|k| k.bounds.iou(&face.bounds) <= DOUBLE_IOU)
        {
            kept.push(face);
        }
    }
    kept
}
