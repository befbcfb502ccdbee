//! [`Track`]: one followed face, and [`Lost`]: the memory of one that left.

use crate::domain::face::{
    BoundingBox, Detection, Landmarks, Score, TrackId, TrackState, TrackedFace,
};
use crate::domain::frame::{FrameTime, Size};
use crate::domain::geometry::{FramePx, Point, Rect};
use crate::stages::track::one_euro::{Filtered, OneEuro};

/// Numbers that are steadied: box centre and size (4), five points (10).
const NUMBERS: usize = 14;

/// How far a confirming detection pulls the regressed box, of the way.
const DETECTION_PULL: f32 = 0.5;

/// Frames over which the usual size of a face is averaged.
const USUAL_OVER: f32 = 30.0;

/// Smallest side of a box that is followed, frame pixels.
const MIN_SIDE: f32 = 8.0;

/// One followed face.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) id: TrackId,
    /// Where the regressor or the detector saw it last, not steadied.
    pub(super) bounds: BoundingBox,
    landmarks: Landmarks,
    pub(super) score: Score,
    pub(super) state: TrackState,
    pub(super) started: FrameTime,
    pub(super) last_seen: FrameTime,
    /// Detections in a row that did not see it.
    pub(super) unconfirmed: u32,
    /// Too many detections did not see it: only a detection locks it again.
    pub(super) doubted: bool,
    /// Followed on the person's word; the detector does not judge it.
    pub(super) pinned: bool,
    /// The box's longer side, averaged over about a second: a face that is leaving shrinks.
    usual_side: f32,
    steadied_at: FrameTime,
    steadied: [Filtered; NUMBERS],
}

fn numbers(bounds: &BoundingBox, landmarks: &Landmarks) -> [f32; NUMBERS] {
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
fn mean_landmarks(bounds: &BoundingBox) -> Landmarks {
    let at = |x: f32, y: f32| {
        Point::<FramePx>::new(bounds.x + x * bounds.width, bounds.y + y * bounds.height)
    };
    Landmarks::from_array([
        at(0.30, 0.41),
        at(0.70, 0.41),
        at(0.50, 0.60),
        at(0.33, 0.77),
        at(0.67, 0.77),
    ])
}

impl Track {
    /// A track of a detected face.
    pub(super) fn detected(id: TrackId, detection: &Detection, now: FrameTime) -> Self {
        Self::new(
            id,
            detection.bounds,
            detection.landmarks,
            detection.score,
            now,
        )
    }

    /// A track of whatever a person drew a box around.
    pub(super) fn given(id: TrackId, bounds: BoundingBox, now: FrameTime) -> Self {
        Self::new(id, bounds, mean_landmarks(&bounds), Score(1.0), now)
    }

    fn new(
        id: TrackId,
        bounds: BoundingBox,
        landmarks: Landmarks,
        score: Score,
        now: FrameTime,
    ) -> Self {
        Self {
            id,
            bounds,
            landmarks,
            score,
            state: TrackState::Locked,
            started: now,
            last_seen: now,
            unconfirmed: 0,
            doubted: false,
            pinned: false,
            usual_side: bounds.width.max(bounds.height),
            steadied_at: now,
            steadied: numbers(&bounds, &landmarks).map(Filtered::starting_at),
        }
    }

    /// The regressor saw the face.
    pub(super) fn see(
        &mut self,
        bounds: BoundingBox,
        landmarks: Landmarks,
        presence: Score,
        frame: Size,
    ) {
        self.bounds = limited(&bounds, frame);
        self.landmarks = landmarks;
        self.score = presence;
        self.usual_side += (bounds.width.max(bounds.height) - self.usual_side) / USUAL_OVER;
        if !self.doubted {
            self.state = TrackState::Locked;
        }
    }

    /// The face was not seen: it stays where it was.
    pub(super) fn miss(&mut self, presence: Score) {
        self.score = presence;
        self.state = TrackState::Coasting;
    }

    /// The detector saw the face, too.
    pub(super) fn confirm(&mut self, detection: &Detection, frame: Size) {
        (self.unconfirmed, self.doubted) = (0, false);
        let pull = if self.state == TrackState::Locked {
            DETECTION_PULL
        } else {
            1.0
        };
        let mix = |a: f32, b: f32| a + (b - a) * pull;
        let (old, new) = (self.bounds, detection.bounds);
        let (old_centre, new_centre) = (old.centre(), new.centre());
        let bounds = Rect::from_centre(
            Point::new(
                mix(old_centre.x, new_centre.x),
                mix(old_centre.y, new_centre.y),
            ),
            mix(old.width, new.width),
            mix(old.height, new.height),
        );
        let (was, is) = (self.landmarks.to_array(), detection.landmarks.to_array());
        let mut points = was;
        for (point, (a, b)) in points.iter_mut().zip(was.into_iter().zip(is)) {
            *point = Point::new(mix(a.x, b.x), mix(a.y, b.y));
        }
        self.see(
            bounds,
            Landmarks::from_array(points),
            self.score.max(detection.score),
            frame,
        );
    }

    /// Whether the box is one that a crop can be made of.
    pub(super) fn is_sound(&self) -> bool {
        self.bounds.is_finite()
            && self.landmarks.is_finite()
            && self.bounds.width.max(self.bounds.height) >= MIN_SIDE
    }

    /// Steadies the newest box and points.
    pub(super) fn steady(&mut self, now: FrameTime, filter: OneEuro) {
        let secs = now.since(self.steadied_at).as_secs_f32();
        self.steadied_at = now;
        if self.state == TrackState::Locked {
            self.last_seen = now;
        } else {
            return;
        }
        if secs > 0.0 && self.is_sound() {
            let unit = self.bounds.width;
            let measured = numbers(&self.bounds, &self.landmarks);
            for (number, value) in self.steadied.iter_mut().zip(measured) {
                number.update(value, secs, unit, filter);
            }
        }
    }

    /// The face as the other stages see it.
    pub(super) fn face(&self) -> TrackedFace {
        let n = self.steadied.map(|number| number.get());
        let point = |i: usize| Point::new(n[4 + 2 * i], n[5 + 2 * i]);
        TrackedFace {
            id: self.id,
            bounds: Rect::from_centre(Point::new(n[0], n[1]), n[2], n[3]),
            landmarks: Landmarks::from_array([point(0), point(1), point(2), point(3), point(4)]),
            score: self.score,
            state: self.state,
        }
    }
}

/// A box no larger than the frame, with its middle inside it.
fn limited(bounds: &BoundingBox, frame: Size) -> BoundingBox {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let centre = bounds.centre();
    let inside = Point::new(centre.x.clamp(0.0, width), centre.y.clamp(0.0, height));
    Rect::from_centre(inside, bounds.width.min(width), bounds.height.min(height))
}

impl Score {
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
}

/// The memory of a face that left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost {
    pub(super) id: TrackId,
    pub(super) at: FrameTime,
    side: f32,
}

impl Lost {
    pub(super) fn of(track: &Track, at: FrameTime) -> Self {
        Self {
            id: track.id,
            at,
            side: track.usual_side,
        }
    }

    /// Whether `detection` may be this face again: about its size.
    pub(super) fn may_be(&self, detection: &Detection) -> bool {
        const LARGEST_CHANGE: f32 = 2.5;
        let side = detection.bounds.width.max(detection.bounds.height);
        let change = (side / self.side.max(1.0)).max(self.side / side.max(1.0));
        change <= LARGEST_CHANGE
    }
}
