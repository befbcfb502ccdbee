//! [`Track`]: one face from its first detection until it is forgotten. The rules of its life stand
//! in [`next`], all of them.

// What is shown of it.
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

/// Numbers that are steadied: box centre and size (4), five points (10).
const NUMBERS: usize = 14;

/// How far a confirming detection pulls the regressed box, of the way.
const DETECTION_PULL: f32 = 0.5;

/// Frames over which the usual size of a face is averaged.
const USUAL_OVER: f32 = 30.0;

/// Smallest side of a box that is followed, frame pixels.
const MIN_SIDE: f32 = 8.0;

/// Detections in other frames after which a face is fully trusted.
pub(super) const TRUSTED: u32 = 5;

/// How far a new look at a person moves the memory of them.
const APPEARANCE_PART: f32 = 0.1;

/// What a frame may bring to a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The regressor followed the face, and it is one.
    Followed,
    /// The detector found the face.
    Detected,
    /// The face was not seen in this frame.
    Missed,
    /// The face was not seen for as long as a face is kept.
    GivenUp,
}

/// The life of a track.
pub(super) fn next(state: TrackState, event: Event) -> TrackState {
    use TrackState::{Coasting, Locked, Lost, Searching};
    match (state, event) {
        // Only the detector starts a track, or brings a lost one back.
        (_, Event::Detected) | (Locked | Coasting, Event::Followed) => Locked,
        (Locked | Coasting, Event::Missed) => Coasting,
        (Locked | Coasting, Event::GivenUp) => Lost,
        (Lost | Searching, _) => state,
    }
}

/// What a person asked to be followed by drawing a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A face that was found by itself.
    Face,
    /// A face around which a person drew a box, which is given back in the same proportions.
    GivenFace(Convention),
    /// Any other thing; neither detector nor landmarks judge it.
    Thing,
}

/// One followed face.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) id: TrackId,
    pub(super) kind: Kind,
    /// Where the regressor or the detector saw it last, not steadied.
    pub(super) bounds: BoundingBox,
    pub(super) landmarks: Keypoints5,
    shape: Option<Landmarks68>,
    pub(super) score: Score,
    /// What the landmark network said last of its being a face.
    pub(super) real: Score,
    state: TrackState,
    /// The frame in which it began.
    pub(super) started: FrameId,
    /// The frame in which it was seen last; without its picture once the track is lost.
    pub(super) seen_in: Arc<Frame>,
    /// The size of that frame.
    seen_size: Size,
    /// Frames since then.
    pub(super) unseen: u32,
    /// When its face was seen last, and not the back of its head.
    faced_at: FrameTime,
    /// Detections in a row that did not see it.
    pub(super) unconfirmed: u32,
    /// How many further detections bore it out, up to [`TRUSTED`].
    trust: u32,
    /// Detections that did not, as long as none did.
    pub(super) trials: u32,
    pub(super) appearance: Option<Appearance>,
    /// How its head looked when its face was seen well, and in which frame.
    pub(super) seen_well: Option<(Template, FrameId)>,
    /// How it looked when it was seen for certain, while it is followed by less than that.
    pub(super) last_look: Option<Template>,
    /// Where its face was sought in the frame in which it was seen last, by its head's looks.
    pub(super) sought: Option<TemplateMatch>,
    /// The box's longer side, averaged over about a second: a face that is leaving shrinks.
    usual_side: f32,
    /// Where the landmark network looked last.
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

/// Five points where an upright face of this box has them on average (our detector's mean face).
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
    /// A track of what was seen in `frame`.
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

    /// Begins with a box between the detector's and the regressor's.
    pub(super) fn begin_at(&mut self, own: &BoundingBox) {
        if own.is_finite() && own.iou(&self.bounds) > 0.5 {
            self.place(&self.bounds.mixed(own, 0.7));
            self.settle();
        }
    }

    /// Puts the box where it is known to belong; in a person's own proportions it stays.
    pub(super) fn place(&mut self, bounds: &BoundingBox) {
        if let Kind::GivenFace(convention) = &mut self.kind {
            *convention = Convention::of(&convention.apply(&self.bounds), bounds);
        }
        self.bounds = *bounds;
    }

    /// How it is doing.
    pub(super) fn state(&self) -> TrackState {
        self.state
    }

    /// Whether it is shown: seen, or not seen for a moment.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, TrackState::Locked | TrackState::Coasting)
    }

    /// Whether the detector and the landmarks may judge it.
    pub(super) fn is_face(&self) -> bool {
        self.kind != Kind::Thing
    }

    /// Whether a person drew its box.
    pub(super) fn is_given(&self) -> bool {
        self.kind != Kind::Face
    }

    /// Whether that box is of the whole head.
    pub(super) fn is_given_head(&self) -> bool {
        matches!(self.kind, Kind::GivenFace(convention) if convention.is_of_a_head())
    }

    /// Whether it is a face that the regressor follows without seeing one: on a person's word, or
    /// because there is a head that turned away.
    pub(super) fn is_blind(&self) -> bool {
        self.is_face() && self.state == TrackState::Locked && self.shape.is_none()
    }

    /// It began on a detection that is not sure enough to stand alone.
    pub(super) fn put_on_trial(&mut self) {
        self.trust = 0;
    }

    /// A further detection bears it out, or not.
    pub(super) fn prove(&mut self, borne_out: bool) {
        if borne_out {
            self.trust = (self.trust + 1).min(TRUSTED);
        } else if self.trust == 0 {
            self.trials += 1;
        }
    }

    /// Whether it is a face by more than one weak detection.
    pub(super) fn is_proven(&self) -> bool {
        self.trust > 0
    }

    /// From 1 to [`TRUSTED`]: how long it is believed without the detector, by its points or as a
    /// head that turned away.
    pub(super) fn trust(&self) -> u32 {
        self.trust.max(1)
    }

    /// Whether its 68 points are known.
    pub(super) fn has_shape(&self) -> bool {
        self.shape.is_some()
    }

    /// When it was seen last.
    pub(super) fn last_seen(&self) -> FrameTime {
        self.seen_in.shown_at
    }

    /// When its face was seen last.
    pub(super) fn faced_at(&self) -> FrameTime {
        self.faced_at
    }

    /// The regressor saw the face.
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

    /// The landmark network looked at it.
    pub(super) fn mark(&mut self, marks: &LandmarkResult, trusted: bool) {
        self.real = marks.presence;
        if trusted {
            self.faced_at = self.seen_in.shown_at;
            self.landmarks = marks.shape.five();
            self.shape = Some(marks.shape);
        }
    }

    /// The face was not seen: it stays where it was.
    pub(super) fn miss(&mut self, presence: Score, frame: &Arc<Frame>) {
        self.score = presence;
        self.happen(Event::Missed, frame);
    }

    /// The detector saw the face, too.
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

    /// Ends the wait for a face that was not seen for longer than `coast`.
    pub(super) fn give_up_after(&mut self, coast: Duration, now: FrameTime) {
        // A thing can only be found again where it was: the regressor goes on looking there.
        let waits = self.state == TrackState::Coasting && self.is_face();
        if waits && now.since(self.last_seen()) > coast {
            self.give_up();
        }
    }

    /// Gives it up at once: another track has its face.
    pub(super) fn give_up(&mut self) {
        self.state = next(self.state, Event::GivenUp);
        if self.state == TrackState::Lost {
            // It may be remembered for long, and a picture is large. Only a detection brings it back.
            self.seen_in = Arc::new(Frame {
                picture: Arc::new(Picture::filled(Size::new(1, 1), [0; 4])),
                ..(*self.seen_in).clone()
            });
        }
    }

    /// Whether the box is one that a crop can be made of.
    pub(super) fn is_sound(&self) -> bool {
        self.bounds.is_finite()
            && self.landmarks.is_finite()
            && self.bounds.width.max(self.bounds.height) >= MIN_SIDE
    }

    /// Remembers what the person looks like.
    pub(super) fn remember(&mut self, now: &Appearance) {
        match &mut self.appearance {
            Some(known) => known.learn(now, APPEARANCE_PART),
            None => self.appearance = Some(now.clone()),
        }
    }

    /// Whether `detection` is of a size that this face may have on its return.
    pub(super) fn may_be(&self, detection: &Detection) -> bool {
        const LARGEST_CHANGE: f32 = 2.5;
        let (was, is) = (self.usual_side.max(1.0), side(&detection.bounds));
        (is / was).max(was / is) <= LARGEST_CHANGE
    }
}

/// A box no larger than the frame, with its middle inside it.
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
