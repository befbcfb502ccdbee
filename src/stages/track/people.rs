//! Identity management: new tracks, re-identification, duplicate tracks, and the selection of a single
//! person.

use std::sync::Arc;

use crate::domain::face::{BoundingBox, Detection, TrackId, TrackState};
use crate::domain::frame::Frame;
use crate::stages::track::Tracker;
use crate::stages::track::appearance::Appearance;
use crate::stages::track::life::{Kind, Track};
use crate::stages::track::rules::FollowTarget;

impl Tracker {
    /// Re-identifies a lost track from an unmatched detection, or starts a new track.
    pub(super) fn spawn_or_reidentify(&mut self, detection: &Detection, frame: &Arc<Frame>) {
        let alive = self.tracks.iter().filter(|track| track.is_alive()).count();
        let has_room = alive < self.rules.max_faces;
        // A tracker that waits for one person adds no new track: the face may be that person's, seen badly.
        let takes_more = has_room && !self.waits();
        let looks = Appearance::of(&frame.picture, &detection.bounds);
        let strangeness = |track: &Track| {
            let known = track.appearance.as_ref();
            known.map_or(0.0, |known| known.distance(&looks))
        };
        // After a cut, a face that is briefly out of sight may appear elsewhere; its colours must then match
        // closely. A track without a descriptor cannot be re-identified.
        let may_return = |track: &Track| has_room && track.appearance.is_some();
        let alike = |track: &Track| match track.state() {
            TrackState::Lost if may_return(track) || self.is_the_one(track) => {
                self.rules.looks_distance_max
            }
            TrackState::Coasting if track.appearance.is_some() => {
                self.rules.looks_distance_max * 2.0 / 3.0
            }
            _ => -1.0,
        };
        let may_be = |track: &Track| track.may_be(detection) && strangeness(track) <= alike(track);
        let tracks = self.tracks.iter().enumerate();
        let back = tracks
            .filter(|(_, track)| may_be(track))
            .min_by(|(_, a), (_, b)| strangeness(a).total_cmp(&strangeness(b)))
            .map(|(at, _)| at);
        match back.and_then(|at| self.tracks.get_mut(at)) {
            Some(track) => {
                if track.state() == TrackState::Lost {
                    self.returns.push((track.clone(), detection.score));
                }
                track.confirm(detection, frame);
            }
            None if !takes_more => {}
            None => {
                let id = self.fresh_id();
                let track = Track::new(id, Kind::Face, detection, frame);
                self.tracks.push(track);
            }
        }
    }

    /// Reverts re-identifications that the landmark network did not confirm. Their threshold is lower than
    /// that of a new face, because the appearance is known and the face may still be half hidden.
    pub(super) fn doubt_returns(&mut self) {
        for (before, score) in std::mem::take(&mut self.returns) {
            let track = self.tracks.iter_mut().find(|track| track.id == before.id);
            let is_no_face = |track: &Track| {
                track.real.0 < self.rules.landmark_presence_min
                    && score.0 < self.rules.sure_score_min
                    && !track.is_given()
            };
            if let Some(track) = track.filter(|track| is_no_face(track)) {
                *track = before;
            }
        }
    }

    /// Returns the boxes of all live tracks.
    pub(super) fn places(&self) -> Vec<(TrackId, BoundingBox)> {
        let alive = self.tracks.iter().filter(|track| track.is_alive());
        alive.map(|track| (track.id, track.bounds)).collect()
    }

    /// Updates the descriptors of people that nobody else occludes.
    pub(super) fn look_at_clothes(&mut self, frame: &Arc<Frame>) {
        const NEAR: f32 = 0.02;
        let places = self.places();
        for track in &mut self.tracks {
            let alone = |(id, other): &(TrackId, BoundingBox)| {
                *id == track.id || track.bounds.iou(other) < NEAR
            };
            if track.state() == TrackState::Locked && track.has_shape() && places.iter().all(alone)
            {
                track.remember(&Appearance::of(&frame.picture, &track.bounds));
            }
        }
    }

    /// Of two tracks on one face, drops the one whose descriptor matches worse; without descriptors, the
    /// younger.
    pub(super) fn merge_duplicates(&mut self, frame: &Arc<Frame>) {
        /// Intersection relative to the smaller box.
        const DOUBLE: f32 = 0.65;
        for younger in 1..self.tracks.len() {
            for older in 0..younger {
                let (a, b) = match (self.tracks.get(older), self.tracks.get(younger)) {
                    (Some(a), Some(b)) if a.is_alive() && b.is_alive() => (a, b),
                    _ => continue,
                };
                let smaller = a.bounds.area().min(b.bounds.area()).max(1.0);
                if a.bounds.intersection(&b.bounds).area() / smaller < DOUBLE {
                    continue;
                }
                let looks = Appearance::of(&frame.picture, &b.bounds);
                let far = |t: &Track| t.appearance.as_ref().map_or(1.0, |k| k.distance(&looks));
                let wrong = if far(b) < far(a) { older } else { younger };
                if let Some(track) = self.tracks.get_mut(wrong) {
                    track.give_up();
                }
            }
        }
    }

    /// In single-person mode, selects the largest face if none is selected. Other people are tracked but
    /// not shown: a known other person cannot be mistaken for the selected one.
    pub(super) fn choose(&mut self) {
        let locked = |track: &&Track| track.state() == TrackState::Locked;
        if self.whom == FollowTarget::TheLargest {
            let largest = self
                .tracks
                .iter()
                .filter(locked)
                .max_by(|a, b| a.bounds.area().total_cmp(&b.bounds.area()));
            self.whom = largest.map_or(FollowTarget::TheLargest, |track| {
                FollowTarget::Person(track.id)
            });
        }
    }

    /// Returns whether this track is the selected person or object.
    pub(super) fn is_the_one(&self, track: &Track) -> bool {
        track.is_given() || self.whom == FollowTarget::Person(track.id)
    }

    /// Returns whether the selected person or object is out of sight.
    fn waits(&self) -> bool {
        let away = |track: &Track| self.is_the_one(track) && track.state() != TrackState::Locked;
        self.tracks.iter().any(away)
    }

    /// Returns the shown tracks: the selected one, or all.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Track> {
        let all = !self.whom.is_a_person() && !self.tracks.iter().any(Track::is_given);
        let is_shown = move |track: &&Track| all || self.is_the_one(track);
        self.tracks.iter().filter(is_shown)
    }
}
