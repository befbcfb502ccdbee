//! [`Tracker`]: faces over time.
//!
//! ```text
//!                detected              not seen                 unseen for `coast`
//! (Searching) ───────────▶ Locked ───────────────▶ Coasting ───────────────────────▶ Lost
//!                          ▲  ▲──── seen again ───────┘                                │
//!                          └────── detected again within `remember`: the old id ───────┘
//! ```
//!
//! In each frame the regressor moves every box, and the landmark network says whether a face is
//! really there: the regressor alone follows whatever it was given, a wall as well as a face. A head
//! that turned away, or is too blurred for a face, is sought by how it looked, while the mask network
//! sees one there, or, for a moment, by its looks alone; so is any other thing. The detector looks now
//! and then, and at once when anything is unsure; its rules for who is who stand in `association.rs`, those for coming back in `people.rs`.

// Which detection belongs to which track.
mod association;

// What a person looks like in colour.
mod appearance;

// A face's box by its 68 points.
mod by_points;

// A person's own box around a face.
mod convention;

// The box by regression.
pub mod regress;

// From when on the tracker believes what.
mod rules;

// The box in a wide window, by how the object looked before.
pub mod matcher;

// Steadiness.
pub mod one_euro;

// Steadiness in numbers.
mod steadiness;

// The networks, as the tracker knows them.
pub mod models;

// One followed face.
mod life;

// One face from frame to frame.
mod step;

// Who is who: newcomers, returns, doubles, the chosen one.
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

/// Overlap of a lost face's place with a seen face from which it needs no cover of its own.
const SAME_PLACE: f32 = 0.3;

/// Longer side of the smallest face that starts a track, frame pixels.
const LEAST_SIDE: f32 = 18.0;

/// Longer side under which a face is a small one, frame pixels.
const SMALL_SIDE: f32 = 40.0;

/// How many detections share one look at a part of the picture while every face is locked.
const PART_EVERY: u32 = 4;

/// How often the regressor looks at a new face before it follows it.
const FIRST_LOOKS: u32 = 4;

/// Frames between two looks at what a person wears.
const LOOK_EVERY: u64 = 8;

/// Most lost faces that are remembered.
const MOST_LOST: usize = 8;

/// Follows up to [`Rules::max_faces`] faces, or the one thing that a person drew a box around.
#[derive(Debug)]
pub struct Tracker {
    rules: Rules,
    filter: OneEuro,
    /// Oldest first; lost ones among them.
    tracks: Vec<Track>,
    whom: FollowTarget,
    next_id: u32,
    since_detection: u32,
    parts_seen: u32,
    /// Who came back in this frame: how they were before, and the detector's score.
    returns: Vec<(Track, Score)>,
}

impl Tracker {
    /// A tracker without faces.
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

    /// Sets the steadiness knob, from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.filter = OneEuro::for_quickness(quickness);
    }

    /// Whether to keep to one person, the largest face in the picture now, and to ignore posters
    /// and visitors.
    pub fn set_only_one(&mut self, only: bool) {
        self.whom = match (only, self.whom) {
            (true, FollowTarget::Everybody) => FollowTarget::TheLargest,
            (true, chosen) => chosen,
            (false, _) => FollowTarget::Everybody,
        };
    }

    /// Follows what `bounds` holds in `frame`. A face is followed as faces are, and its box given
    /// back in the proportions of `bounds`; anything else is followed by the regressor alone.
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

    /// Takes in the next frame.
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

    /// What the detector should look at in this frame, if anything.
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
        // Small faces are looked for one part of the picture at a time.
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

    /// Corrects the tracks by what the detector saw in the same frame: starts, confirms, doubts.
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

    /// Looks closely at faces that the detector has just placed.
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
            // The regressor will go on from here: begin with its own idea of the box.
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
        // Somebody new must be a face to both networks, or very much so to the detector.
        self.tracks.retain(|track| {
            let is_new = track.started == frame.id && !track.is_given();
            !is_new
                || track.real.0 >= rules.start_landmark_presence_min
                || track.score.0 >= rules.sure_score_min
        });
        self.doubt_returns();
        Ok(())
    }

    /// The faces of the newest frame, oldest track first.
    pub fn faces(&self) -> Vec<TrackedFace> {
        let alive = self.shown().filter(|track| track.is_alive());
        alive.map(Track::face).collect()
    }

    /// Where faces were lost a moment ago and are not known to have left, and how opaque their
    /// cover is, in `(0, 1]`: it fades at the end.
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

    /// How the tracker as a whole is doing: as its best track, or searching.
    pub fn state(&self) -> TrackState {
        let has = |state| self.shown().any(|track| track.state() == state);
        [TrackState::Locked, TrackState::Coasting, TrackState::Lost]
            .into_iter()
            .find(|state| has(*state))
            .unwrap_or(TrackState::Searching)
    }

    /// How still and how prompt the oldest face is.
    pub fn steadiness(&self) -> Option<Steadiness> {
        let oldest = self.shown().find(|track| track.is_alive())?;
        oldest.meter.figures()
    }

    /// Steadies what was seen, gives up what was not seen for too long, forgets, drops doubles.
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

/// Whether nobody else is so near that one could be taken for the other by what they wear.
fn is_alone(track: &Track, places: &[(TrackId, BoundingBox)]) -> bool {
    const NEAR: f32 = 3.0;
    let (middle, b) = (track.bounds.centre(), track.bounds);
    let around = BoundingBox::from_centre(middle, NEAR * b.width, NEAR * b.height);
    let far = |(id, other): &(TrackId, BoundingBox)| {
        *id == track.id || around.intersection(other).area() <= 0.0
    };
    places.iter().all(far)
}

/// Faces that were seen in two views, once, the better one; best first.
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
