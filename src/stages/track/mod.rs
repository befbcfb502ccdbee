//! [`Tracker`]: faces over time. The life of a track stands here, in one place.
//!
//! ```text
//!              detection           not seen, or doubted      unseen for `coast`
//! (searching) ───────────▶ Locked ─────────────────▶ Coasting ──────────────────▶ (lost)
//!                            ▲────────── seen ──────────┘                            │
//!                            └── detected again within `remember`: the old id ───────┘
//! ```
//!
//! The regressor follows whatever it was given, a wall as well as a face, and says that it is
//! there. So a track is doubted after `misses` detections in a row that saw no face in it; a
//! doubted track coasts, and only a detection locks it again.

// Which detection belongs to which track.
mod association;

// The box by regression.
pub mod regress;

// Steadiness.
pub mod one_euro;

// One followed face.
mod life;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::face::{BoundingBox, Detection, Score, TrackId, TrackState, TrackedFace};
use crate::domain::frame::{Frame, FrameTime, Size};
use crate::stages::track::association::associate;
use crate::stages::track::life::{Lost, Track};
use crate::stages::track::one_euro::OneEuro;
use crate::stages::track::regress::{BoxRegressor, TrackError};

/// The tracker's rules; the defaults were chosen on the clips that `docs/tracker.md` names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Presence from which a face counts as seen.
    pub seen: f32,
    /// Detector score from which a new track starts.
    pub start: f32,
    /// Frames between two detections while every face is locked.
    pub detect_every: u32,
    /// Detections in a row without a face, after which a track is doubted.
    pub misses: u32,
    /// How long an unseen face is kept.
    pub coast: Duration,
    /// How long a lost face's id waits for its return.
    pub remember: Duration,
    /// Most faces at once.
    pub max_faces: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            seen: 0.5,
            start: 0.7,
            detect_every: 4,
            misses: 4,
            coast: Duration::from_millis(500),
            remember: Duration::from_secs(6),
            max_faces: 4,
        }
    }
}

/// A box with a smaller part of its area inside the picture is not seen: the face has left.
const MIN_INSIDE: f32 = 0.35;

/// The part of the box's area that lies inside the frame, in `[0, 1]`; 0 for a box of nonsense.
fn part_inside(bounds: &BoundingBox, frame: Size) -> f32 {
    let whole = BoundingBox::new(0.0, 0.0, frame.width as f32, frame.height as f32);
    let area = bounds.area();
    if bounds.is_finite() && area > 0.0 {
        bounds.intersection(&whole).area() / area
    } else {
        0.0
    }
}

/// Follows up to [`Rules::max_faces`] faces.
pub struct Tracker {
    rules: Rules,
    filter: OneEuro,
    regressor: Box<dyn BoxRegressor>,
    previous: Option<Arc<Frame>>,
    tracks: Vec<Track>,
    lost: Vec<Lost>,
    next_id: u32,
    since_detection: u32,
}

impl std::fmt::Debug for Tracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracker")
            .field("rules", &self.rules)
            .field("tracks", &self.tracks)
            .finish_non_exhaustive()
    }
}

impl Tracker {
    /// A tracker without faces.
    pub fn new(regressor: Box<dyn BoxRegressor>, rules: Rules, quickness: f32) -> Self {
        Self {
            rules,
            filter: OneEuro::for_quickness(quickness),
            regressor,
            previous: None,
            tracks: Vec::new(),
            lost: Vec::new(),
            next_id: 0,
            since_detection: 0,
        }
    }

    /// Sets the steadiness knob, from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.filter = OneEuro::for_quickness(quickness);
    }

    /// Follows whatever `bounds` holds in `frame`, face or not; the detector does not judge it.
    pub fn follow(&mut self, bounds: BoundingBox, frame: &Arc<Frame>) -> TrackId {
        let id = self.fresh_id();
        let mut track = Track::given(id, bounds, frame.shown_at);
        track.pinned = true;
        self.tracks.push(track);
        self.previous = Some(Arc::clone(frame));
        id
    }

    /// Moves every track into `frame` by regression. Returns whether the detector should look at
    /// this frame, too; then [`Tracker::correct`] must be called before [`Tracker::faces`].
    pub fn advance(&mut self, frame: &Arc<Frame>) -> Result<bool, TrackError> {
        let same_size = |p: &Arc<Frame>| p.size() == frame.size();
        if let Some(previous) = self.previous.take().filter(same_size) {
            for track in &mut self.tracks {
                let seen =
                    self.regressor
                        .regress(&previous.picture, &frame.picture, &track.bounds)?;
                let inside = part_inside(&seen.bounds, frame.size()) >= MIN_INSIDE;
                if seen.presence.0 >= self.rules.seen && inside {
                    track.see(seen.bounds, seen.landmarks, seen.presence, frame.size());
                } else {
                    track.miss(seen.presence);
                }
            }
        } else {
            for track in self
                .tracks
                .iter_mut()
                .filter(|track| track.started < frame.shown_at)
            {
                track.miss(Score(0.0));
            }
        }
        self.previous = Some(Arc::clone(frame));
        self.since_detection += 1;
        let pinned = self.tracks.iter().any(|track| track.pinned);
        let is_unsure = |t: &Track| t.state == TrackState::Coasting || t.unconfirmed > 0;
        let unsure = self.tracks.iter().any(is_unsure);
        let due = self.since_detection >= self.rules.detect_every;
        if pinned {
            self.finish(frame.shown_at);
            return Ok(false);
        }
        let wanted = self.tracks.is_empty() || unsure || due;
        if !wanted {
            self.finish(frame.shown_at);
        }
        Ok(wanted)
    }

    /// Corrects the tracks by what the detector saw in the same frame: starts, confirms, ends.
    pub fn correct(&mut self, detections: &[Detection], frame: &Frame) {
        self.since_detection = 0;
        let boxes: Vec<BoundingBox> = self.tracks.iter().map(|track| track.bounds).collect();
        let (of_track, strangers) = associate(&boxes, detections);
        for (track, found) in self.tracks.iter_mut().zip(of_track) {
            match found.and_then(|d| detections.get(d)) {
                Some(detection) => track.confirm(detection, frame.size()),
                None => track.unconfirmed += 1,
            }
        }
        let misses = self.rules.misses;
        for track in &mut self.tracks {
            track.doubted = track.unconfirmed >= misses;
            if track.doubted {
                track.miss(track.score);
            }
        }
        for detection in strangers.into_iter().filter_map(|d| detections.get(d)) {
            if detection.score.0 >= self.rules.start && self.tracks.len() < self.rules.max_faces {
                let id = self.id_for(detection, frame.shown_at);
                self.tracks
                    .push(Track::detected(id, detection, frame.shown_at));
            }
        }
        self.finish(frame.shown_at);
    }

    /// The faces of the newest frame, oldest track first.
    pub fn faces(&self) -> Vec<TrackedFace> {
        self.tracks.iter().map(Track::face).collect()
    }

    /// Steadies what was seen, ends what was not seen for too long, and drops doubles.
    fn finish(&mut self, now: FrameTime) {
        for track in &mut self.tracks {
            track.steady(now, self.filter);
        }
        let coast = self.rules.coast;
        let (kept, ended): (Vec<Track>, Vec<Track>) = std::mem::take(&mut self.tracks)
            .into_iter()
            .partition(|track| now.since(track.last_seen) <= coast && track.is_sound());
        self.tracks = kept;
        self.lost
            .extend(ended.iter().map(|track| Lost::of(track, now)));
        self.drop_doubles();
        let remember = self.rules.remember;
        self.lost.retain(|lost| now.since(lost.at) <= remember);
    }

    /// Of two tracks on one face, the younger goes; its id is spent.
    fn drop_doubles(&mut self) {
        const DOUBLE_IOU: f32 = 0.55;
        let mut kept: Vec<Track> = Vec::with_capacity(self.tracks.len());
        for track in std::mem::take(&mut self.tracks) {
            if kept
                .iter()
                .all(|older| older.bounds.iou(&track.bounds) < DOUBLE_IOU)
            {
                kept.push(track);
            }
        }
        self.tracks = kept;
    }

    /// The id of a face that left a short time ago and fits, else a new one.
    fn id_for(&mut self, detection: &Detection, now: FrameTime) -> TrackId {
        let best = self
            .lost
            .iter()
            .enumerate()
            .filter(|(_, lost)| lost.may_be(detection))
            .max_by_key(|(_, lost)| lost.at)
            .map(|(index, _)| index);
        let returned = best.map(|index| self.lost.remove(index));
        debug_assert!(returned.as_ref().is_none_or(|lost| lost.at <= now));
        returned.map_or_else(|| self.fresh_id(), |lost| lost.id)
    }

    fn fresh_id(&mut self) -> TrackId {
        let id = TrackId(self.next_id);
        self.next_id += 1;
        id
    }
}
