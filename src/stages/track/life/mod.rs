//! [`Track`]: one face from its first detection until its removal. [`next`] holds all state
//! transitions.

// The track's output.
mod shown;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::face::{BoundingBox, Detection, Keypoints5, Score, TrackId, TrackState};
use crate::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use crate::domain::geometry::{FramePx, Point, Rect};
use crate::domain::shape::{LandmarkResult, Landmarks68, SHAPE_POINTS};
use crate::stages::track::appearance::Appearance;
use crate::stages::track::convention::Convention;
use crate::stages::track::matcher::{Template, TemplateMatch};
use crate::stages::track::one_euro::Filtered;
use crate::stages::track::steadiness::SteadinessMeter;

/// Number of smoothed values: box centre and size (4), five landmarks (10).
const NUMBERS: usize = 14;

/// Weight of a confirming detection against the regressed box.
const DETECTION_PULL: f32 = 0.5;

/// Time constant of the average face size, frames.
const USUAL_OVER: f32 = 30.0;

/// Least side of a followed box, frame pixels.
const MIN_SIDE: f32 = 8.0;

/// Detections in other frames that give a face full trust.
pub(super) const TRUSTED: u32 = 5;

/// Weight of a new observation in the appearance descriptor.
const APPEARANCE_PART: f32 = 0.1;

/// An event of one frame for a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The regressor followed the face, and the landmark network confirmed it.
    Followed,
    /// The detector found the face.
    Detected,
    /// The face was not seen in this frame.
    Missed,
    /// The face was not seen for the whole coasting time.
    GivenUp,
}

/// Returns the state after `event`.
pub(super) fn next(state: TrackState, event: Event) -> TrackState {
    use TrackState::{Coasting, Locked, Lost, Searching};
    match (state, event) {
        // Only the detector starts a track, or recovers a lost one.
        (_, Event::Detected) | (Locked | Coasting, Event::Followed) => Locked,
        (Locked | Coasting, Event::Missed) => Coasting,
        (Locked | Coasting, Event::GivenUp) => Lost,
        (Lost | Searching, _) => state,
    }
}

/// The origin of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A detected face.
    Face,
    /// A face in a user-drawn box, reported in the same proportions.
    GivenFace(Convention),
    /// Any other object; neither the detector nor the landmark network judges it.
    Thing,
}

/// One tracked face.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) id: TrackId,
    pub(super) kind: Kind,
    /// The last box of the regressor or the detector, unsmoothed.
    pub(super) bounds: BoundingBox,
    pub(super) landmarks: Keypoints5,
    shape: Option<Landmarks68>,
    pub(super) score: Score,
    /// The landmark network's last presence.
    pub(super) real: Score,
    state: TrackState,
    /// The frame of the first detection.
    pub(super) started: FrameId,
    /// The frame of the last sighting; without its picture once the track is lost.
    pub(super) seen_in: Arc<Frame>,
    /// The size of that frame.
    seen_size: Size,
    /// Frames since that frame.
    pub(super) unseen: u32,
    /// The time at which the face, not only the back of the head, was last seen.
    faced_at: FrameTime,
    /// Consecutive detections that missed the face.
    pub(super) unconfirmed: u32,
    /// Number of further confirming detections, at most [`TRUSTED`].
    trust: u32,
    /// Number of detections without confirmation, until the first confirmation.
    pub(super) trials: u32,
    pub(super) appearance: Option<Appearance>,
    /// Template of the head from a reliable view of its face, and that view's frame.
    pub(super) seen_well: Option<(Template, FrameId)>,
    /// Template from the last reliable sighting, kept while tracking is less reliable.
    pub(super) last_look: Option<Template>,
    /// The matcher's result for the head in the frame of the last sighting, as a face box.
    pub(super) sought: Option<TemplateMatch>,
    /// The box's longer side, averaged over about a second, because a leaving face shrinks.
    usual_side: f32,
    /// The landmark network's last window.
    window: Option<(BoundingBox, Keypoints5)>,
    steadied_at: FrameTime,
    steadied: [Filtered; NUMBERS],
    steadied_shape: Option<Box<[[Filtered; 2]; SHAPE_POINTS]>>,
    pub(super) meter: SteadinessMeter,
}

fn numbers(bounds: &BoundingBox, landmarks: &Keypoints5) -> [f32; NUMBERS] {
    let mut all = [0.0; NUMBERS];
    let centre = bounds.centre();
    let points = landmarks.to_array();
    let flat = [centre.x, centre.y, bounds.width, bounds.height]
        .into_iter()
        .chain(points.into_iter().flat_map(|p| [p.x, p.y]));
    for (slot, number) in all.iter_mut().zip(flat) {
        *slot = number;
    }
    all
}

/// Returns the five landmarks of the detector's mean upright face in this box.
pub(super) fn mean_landmarks(bounds: &BoundingBox) -> Keypoints5 {
    let at = |x: f32, y: f32| {
        Point::<FramePx>::new(bounds.x + x * bounds.width, bounds.y + y * bounds.height)
    };
    Keypoints5::from_array([
        at(0.30, 0.41),
        at(0.70, 0.41),
        at(0.50, 0.60),
        at(0.33, 0.77),
        at(0.67, 0.77),
    ])
}

fn side(bounds: &BoundingBox) -> f32 {
    bounds.width.max(bounds.height).max(1.0)
}

impl Track {
    /// Creates a track from a detection in `frame`.
    pub(super) fn new(id: TrackId, kind: Kind, seen: &Detection, frame: &Arc<Frame>) -> Self {
        Self {
            id,
            kind,
            bounds: seen.bounds,
            landmarks: seen.landmarks,
            shape: None,
            score: seen.score,
            real: Score(1.0),
            state: next(TrackState::Searching, Event::Detected),
            started: frame.id,
            seen_in: Arc::clone(frame),
            seen_size: frame.size(),
            unseen: 0,
            faced_at: frame.shown_at,
            unconfirmed: 0,
            trust: TRUSTED,
            trials: 0,
            appearance: None,
            seen_well: None,
            last_look: None,
            sought: None,
            usual_side: side(&seen.bounds),
            window: None,
            steadied_at: frame.shown_at,
            steadied: numbers(&seen.bounds, &seen.landmarks).map(Filtered::starting_at),
            steadied_shape: None,
            meter: SteadinessMeter::default(),
        }
    }

    /// Sets the first box between the detector's and the regressor's.
    pub(super) fn begin_at(&mut self, own: &BoundingBox) {
        if own.is_finite() && own.iou(&self.bounds) > 0.5 {
            self.place(&self.bounds.mixed(own, 0.7));
            self.settle();
        }
    }

    /// Moves the box; a user-drawn box stays in place, and its convention changes instead.
    pub(super) fn place(&mut self, bounds: &BoundingBox) {
        if let Kind::GivenFace(convention) = &mut self.kind {
            *convention = Convention::of(&convention.apply(&self.bounds), bounds);
        }
        self.bounds = *bounds;
    }

    /// Returns the state.
    pub(super) fn state(&self) -> TrackState {
        self.state
    }

    /// Returns whether the track is shown: seen, or unseen for a short time.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, TrackState::Locked | TrackState::Coasting)
    }

    /// Returns whether the detector and the landmark network judge this track.
    pub(super) fn is_face(&self) -> bool {
        self.kind != Kind::Thing
    }

    /// Returns whether the user drew the box.
    pub(super) fn is_given(&self) -> bool {
        self.kind != Kind::Face
    }

    /// Returns whether the user-drawn box encloses the whole head.
    pub(super) fn is_given_head(&self) -> bool {
        matches!(self.kind, Kind::GivenFace(convention) if convention.is_of_a_head())
    }

    /// Returns whether the regressor follows a face that is not visible: in a user-drawn box, or on a head
    /// that turned away.
    pub(super) fn is_blind(&self) -> bool {
        self.is_face() && self.state == TrackState::Locked && self.shape.is_none()
    }

    /// Marks the first detection as too weak to stand alone.
    pub(super) fn put_on_trial(&mut self) {
        self.trust = 0;
    }

    /// Records whether a further detection confirms the face.
    pub(super) fn prove(&mut self, borne_out: bool) {
        if borne_out {
            self.trust = (self.trust + 1).min(TRUSTED);
        } else if self.trust == 0 {
            self.trials += 1;
        }
    }

    /// Returns whether more than one weak detection supports the face.
    pub(super) fn is_proven(&self) -> bool {
        self.trust > 0
    }

    /// Returns the trust from 1 to [`TRUSTED`], which scales how long the track lasts without the
    /// detector, by its landmarks or as a head that turned away.
    pub(super) fn trust(&self) -> u32 {
        self.trust.max(1)
    }

    /// Returns whether the 68 landmarks are known.
    pub(super) fn has_shape(&self) -> bool {
        self.shape.is_some()
    }

    /// Returns the time of the last sighting.
    pub(super) fn last_seen(&self) -> FrameTime {
        self.seen_in.shown_at
    }

    /// Returns the time of the face's last sighting.
    pub(super) fn faced_at(&self) -> FrameTime {
        self.faced_at
    }

    /// Applies a successful regression.
    pub(super) fn follow(
        &mut self,
        bounds: BoundingBox,
        landmarks: Keypoints5,
        presence: Score,
        frame: &Arc<Frame>,
    ) {
        self.bounds = limited(&bounds, frame.size());
        self.landmarks = landmarks;
        self.shape = None;
        self.sought = None;
        self.score = presence;
        self.usual_side += (side(&bounds) - self.usual_side) / USUAL_OVER;
        self.happen(Event::Followed, frame);
    }

    /// Applies the landmark network's result.
    pub(super) fn mark(&mut self, marks: &LandmarkResult, trusted: bool) {
        self.real = marks.presence;
        if trusted {
            self.faced_at = self.seen_in.shown_at;
            self.landmarks = marks.shape.five();
            self.shape = Some(marks.shape);
        }
    }

    /// Records that the face was not seen; the box does not move.
    pub(super) fn miss(&mut self, presence: Score, frame: &Arc<Frame>) {
        self.score = presence;
        self.happen(Event::Missed, frame);
    }

    /// Applies a matching detection.
    pub(super) fn confirm(&mut self, detection: &Detection, frame: &Arc<Frame>) {
        self.unconfirmed = 0;
        let followed = self.state == TrackState::Locked;
        let pull = if followed { DETECTION_PULL } else { 1.0 };
        let bounds = self.bounds.mixed(&detection.bounds, pull);
        if self.state == TrackState::Lost {
            self.usual_side = side(&bounds);
            self.steadied = numbers(&bounds, &detection.landmarks).map(Filtered::starting_at);
        }
        self.bounds = limited(&bounds, frame.size());
        self.usual_side += (side(&bounds) - self.usual_side) / USUAL_OVER;
        self.last_look = None;
        if !followed {
            self.landmarks = detection.landmarks;
            self.shape = None;
            self.real = Score(1.0);
        }
        self.faced_at = frame.shown_at;
        self.score = Score(self.score.0.max(detection.score.0));
        self.happen(Event::Detected, frame);
    }

    fn happen(&mut self, event: Event, frame: &Arc<Frame>) {
        self.state = next(self.state, event);
        if self.state == TrackState::Locked {
            self.unseen = 0;
            (self.seen_in, self.seen_size) = (Arc::clone(frame), frame.size());
        } else {
            self.unseen += 1;
        }
    }

    /// Ends coasting for a face that was not seen for longer than `coast`.
    pub(super) fn give_up_after(&mut self, coast: Duration, now: FrameTime) {
        // An object can only be found again at its last position: the search continues there.
        let waits = self.state == TrackState::Coasting && self.is_face();
        if waits && now.since(self.last_seen()) > coast {
            self.give_up();
        }
    }

    /// Ends the track at once, for example because another track has its face.
    pub(super) fn give_up(&mut self) {
        self.state = next(self.state, Event::GivenUp);
        if self.state == TrackState::Lost {
            // A lost track can last long, and pictures are large. Only a detection recovers it.
            self.seen_in = Arc::new(Frame {
                picture: Arc::new(Picture::filled(Size::new(1, 1), [0; 4])),
                ..(*self.seen_in).clone()
            });
        }
    }

    /// Returns whether the box is valid for a crop.
    pub(super) fn is_sound(&self) -> bool {
        self.bounds.is_finite()
            && self.landmarks.is_finite()
            && self.bounds.width.max(self.bounds.height) >= MIN_SIDE
    }

    /// Updates the appearance descriptor.
    pub(super) fn remember(&mut self, now: &Appearance) {
        match &mut self.appearance {
            Some(known) => known.learn(now, APPEARANCE_PART),
            None => self.appearance = Some(now.clone()),
        }
    }

    /// Returns whether the size of `detection` is plausible for the return of this face.
    pub(super) fn may_be(&self, detection: &Detection) -> bool {
        const LARGEST_CHANGE: f32 = 2.5;
        let (was, is) = (self.usual_side.max(1.0), side(&detection.bounds));
        (is / was).max(was / is) <= LARGEST_CHANGE
    }
}

/// Limits a box to the frame's size, with its centre inside the frame.
fn limited(bounds: &BoundingBox, frame: Size) -> BoundingBox {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let centre = bounds.centre();
    let inside = Point::new(centre.x.clamp(0.0, width), centre.y.clamp(0.0, height));
    Rect::from_centre(inside, bounds.width.min(width), bounds.height.min(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_detection_brings_a_lost_face_back() {
        use TrackState::{Locked, Lost};
        for event in [Event::Followed, Event::Missed, Event::GivenUp] {
            assert_eq!(next(Lost, event), Lost);
        }
        assert_eq!(next(Lost, Event::Detected), Locked);
    }

    #[test]
    fn a_face_that_is_missed_coasts_and_may_be_followed_again() {
        use TrackState::{Coasting, Locked};
        assert_eq!(next(Locked, Event::Missed), Coasting);
        assert_eq!(next(Coasting, Event::Followed), Locked);
    }
}
