//! A made-up world of faces, and a tracker that looks at it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use proptest::prelude::*;
use vizard::domain::face::{
    BoundingBox, Detection, Keypoints5, Score, SearchRegion, TrackId, TrackState, TrackedFace,
};
use vizard::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use vizard::domain::geometry::{FramePx, Point, Rect};
use vizard::domain::shape::{LandmarkResult, Landmarks68};
use vizard::pictures::crop_cache::CropCache;
use vizard::stages::track::matcher::{Template, TemplateMatch};
use vizard::stages::track::models::TrackerModels;
use vizard::stages::track::regress::{CONTEXT, Regression};
use vizard::stages::track::{Rules, Tracker};

pub(crate) const SIZE: Size = Size::new(640, 360);

/// Places for faces in the world; more than the tracker follows.
pub(crate) const PLACES: usize = 6;

/// A frame of a 25 Hz camera.
pub(crate) const FRAME: Duration = Duration::from_millis(40);

/// One thing that happens before the next frame.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// A face is at a place from now on, at `x`, `y`, with this side.
    Appear(usize, f32, f32, f32),
    /// A face moves a little.
    Move(usize, f32, f32),
    /// A face leaves.
    Hide(usize),
    /// A face is elsewhere at once.
    Jump(usize, f32, f32),
    /// Two faces change places.
    Cross(usize, usize),
    /// So many frames are lost.
    Drop(u32),
    /// So many frames come and nothing happens.
    Rest(u32),
    /// In the next frame the tracking network gives nonsense.
    Nonsense(f32),
}

pub(crate) fn ops() -> impl Strategy<Value = Op> {
    let (place, x, y) = (0..PLACES, 0.0f32..640.0, 0.0f32..360.0);
    let step = || -40.0f32..40.0;
    let odd = [f32::NAN, f32::INFINITY, -1e6, 1e30, 0.0];
    prop_oneof![
        4 => (place.clone(), x.clone(), y.clone(), 10.0f32..300.0)
            .prop_map(|(place, x, y, side)| Op::Appear(place, x, y, side)),
        6 => (place.clone(), step(), step()).prop_map(|(place, x, y)| Op::Move(place, x, y)),
        2 => place.clone().prop_map(Op::Hide),
        2 => (place.clone(), x, y).prop_map(|(place, x, y)| Op::Jump(place, x, y)),
        2 => (place.clone(), place).prop_map(|(a, b)| Op::Cross(a, b)),
        1 => (1u32..60).prop_map(Op::Drop),
        3 => (1u32..20).prop_map(Op::Rest),
        1 => prop::sample::select(odd.to_vec()).prop_map(Op::Nonsense),
    ]
}

/// What everybody in the world looks like to the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeenAs {
    Faces,
    /// Everybody has turned away: heads, and no faces.
    Heads,
    /// All are blurred: no network knows a head, but the matcher knows how it looked.
    Blurs,
    /// Faces to the detector, and to no other network.
    Patterns,
}

impl SeenAs {
    fn is_found(self) -> bool {
        matches!(self, Self::Faces | Self::Patterns)
    }
}

/// Where faces really are, now and in the frame before.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: [Option<BoundingBox>; PLACES],
    pub(crate) before: [Option<BoundingBox>; PLACES],
    pub(crate) nonsense: Option<f32>,
    pub(crate) seen_as: SeenAs,
    /// Whether nobody looks as before.
    pub(crate) unlike: bool,
    /// What the detector gives for a face; `None` where it alone sees none.
    pub(crate) score: Option<f32>,
    /// By how much of their size detector and regressor take faces for too large.
    pub(crate) too_large: f32,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: [None; PLACES],
            before: [None; PLACES],
            nonsense: None,
            seen_as: SeenAs::Faces,
            unlike: false,
            score: Some(0.95),
            too_large: 0.0,
        }
    }
}

/// The box `by` of its size larger.
fn larger(bounds: &BoundingBox, by: f32) -> BoundingBox {
    let grown = |side: f32| side * (1.0 + by);
    Rect::from_centre(bounds.centre(), grown(bounds.width), grown(bounds.height))
}

pub(crate) fn landmarks(b: &BoundingBox) -> Keypoints5 {
    let at = |x: f32, y: f32| Point::new(b.x + x * b.width, b.y + y * b.height);
    Keypoints5::from_array([
        at(0.3, 0.4),
        at(0.7, 0.4),
        at(0.5, 0.6),
        at(0.35, 0.8),
        at(0.65, 0.8),
    ])
}

/// A square box whose middle is kept inside the frame.
pub(crate) fn face_at(x: f32, y: f32, side: f32) -> BoundingBox {
    let middle = Point::new(x.clamp(1.0, 639.0), y.clamp(1.0, 359.0));
    Rect::from_centre(middle, side, side)
}

impl World {
    pub(crate) fn change(
        &mut self,
        place: usize,
        change: impl FnOnce(Point<()>, f32) -> (f32, f32),
    ) {
        if let Some(face) = &mut self.now[place] {
            let (middle, side) = (face.centre(), face.width);
            let (x, y) = change(Point::new(middle.x, middle.y), side);
            *face = face_at(x, y, side);
        }
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match *op {
            Op::Appear(place, x, y, side) => self.now[place] = Some(face_at(x, y, side)),
            Op::Move(place, dx, dy) => self.change(place, |p, _| (p.x + dx, p.y + dy)),
            Op::Hide(place) => self.now[place] = None,
            Op::Jump(place, x, y) => self.change(place, |_, _| (x, y)),
            Op::Cross(a, b) => self.now.swap(a, b),
            Op::Nonsense(number) => self.nonsense = Some(number),
            Op::Drop(_) | Op::Rest(_) => {}
        }
    }

    pub(crate) fn detections(&self) -> Vec<Detection> {
        let Some(score) = self.score.filter(|_| self.seen_as.is_found()) else {
            return Vec::new();
        };
        let seen = |bounds: &BoundingBox| Detection {
            bounds: larger(bounds, self.too_large),
            landmarks: landmarks(bounds),
            score: Score(score),
        };
        self.now.iter().flatten().map(seen).collect()
    }

    pub(crate) fn holds_a_head(&self, bounds: &BoundingBox) -> bool {
        let heads = self.now.iter().flatten();
        heads.into_iter().any(|head| head.iou(bounds) > 0.3)
    }

    /// What a perfect network says of the face that `bounds` held in the frame before.
    pub(crate) fn regression(&self, bounds: &BoundingBox) -> Regression {
        let overlap = |place: &usize| self.before[*place].map_or(0.0, |b| b.iou(bounds));
        let held = (0..PLACES).max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let window = CONTEXT * bounds.width.max(bounds.height) / 2.0;
        let found = held
            .filter(|place| overlap(place) > 0.3)
            .and_then(|place| self.now[place])
            .filter(|face| face.centre().distance(bounds.centre()) < window);
        let is = found.map_or(*bounds, |face| larger(&face, self.too_large));
        Regression {
            bounds: is,
            landmarks: landmarks(&is),
            presence: Score(if found.is_some() { 0.97 } else { 0.03 }),
        }
    }
}

impl World {
    /// What a perfect network finds of the object that `around` held in the frame before.
    fn sought(&self, around: &BoundingBox) -> TemplateMatch {
        const WINDOW: f32 = 4.0;
        if let Some(number) = self.nonsense {
            return TemplateMatch {
                bounds: Rect::new(number, number, number, number),
                presence: Score(0.99),
            };
        }
        let overlap = |place: &usize| self.before[*place].map_or(0.0, |b| b.iou(around));
        let held = (0..PLACES).max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let reach = WINDOW * around.width.max(around.height) / 2.0;
        let moved = held
            .filter(|place| !self.unlike && overlap(place) > 0.2)
            .and_then(|place| Some((self.before[place]?, self.now[place]?)))
            .map(|(was, is)| (was.centre(), is.centre(), is.width / was.width))
            .filter(|(was, is, _)| was.distance(*is) < reach);
        let Some((was, is, growth)) = moved else {
            return TemplateMatch {
                bounds: *around,
                presence: Score(0.1),
            };
        };
        let middle = around.centre();
        TemplateMatch {
            bounds: Rect::from_centre(
                Point::new(middle.x + is.x - was.x, middle.y + is.y - was.y),
                around.width * growth,
                around.height * growth,
            ),
            presence: Score(0.9),
        }
    }
}

/// The networks, stood in for by the world.
pub(crate) struct FakeSight(pub(crate) Arc<Mutex<World>>);

impl TrackerModels for FakeSight {
    type Error = std::convert::Infallible;

    fn regress(
        &mut self,
        _: &Picture,
        _: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, Self::Error> {
        let world = self.0.lock().unwrap();
        let mut said = world.regression(bounds);
        if let Some(number) = world.nonsense {
            said.bounds = Rect::new(number, number, number, number);
            said.landmarks = landmarks(&said.bounds);
            said.presence = Score(0.99);
        }
        Ok(said)
    }

    fn template(&mut self, picture: &Picture, bounds: &BoundingBox) -> Template {
        Template::of(&mut CropCache::default(), picture, bounds)
    }

    fn seek(
        &mut self,
        _: [&Template; 2],
        _: &Picture,
        around: &BoundingBox,
    ) -> Result<TemplateMatch, Self::Error> {
        let world = self.0.lock().unwrap();
        Ok(world.sought(around))
    }

    /// A face is there if one is really there. Points lie two thirds of the way from where was looked
    /// to where it is.
    fn mark(
        &mut self,
        _: &Picture,
        bounds: &BoundingBox,
        five: &Keypoints5,
    ) -> Result<LandmarkResult, Self::Error> {
        let world = self.0.lock().unwrap();
        let held = world.now.iter().flatten().find(|f| f.iou(bounds) > 0.3);
        let told = held.map_or(*bounds, |face| {
            let mix = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
            let (width, height) = (
                mix(bounds.width, face.width),
                mix(bounds.height, face.height),
            );
            let (a, b) = (bounds.centre(), face.centre());
            Rect::from_centre(Point::new(mix(a.x, b.x), mix(a.y, b.y)), width, height)
        });
        let bounds = &told;
        let mut points = [bounds.centre(); 68];
        // From side to side, from the brows to the chin, as our box has them.
        let (wide, high) = (bounds.width / 0.925, bounds.height / 1.275);
        let middle: Point<FramePx> =
            Point::new(bounds.centre().x, bounds.centre().y + 0.175 * high);
        points[0] = Point::new(middle.x - wide / 2.0, middle.y);
        points[16] = Point::new(middle.x + wide / 2.0, middle.y);
        points[8] = Point::new(middle.x, middle.y + high / 2.0);
        points[19] = Point::new(middle.x, middle.y - high / 2.0);
        for eye in 36..42 {
            (points[eye], points[eye + 6]) = (five.right_eye, five.left_eye);
        }
        (points[30], points[48], points[54]) = (five.nose, five.mouth_right, five.mouth_left);
        let there = world.holds_a_head(bounds) && world.seen_as == SeenAs::Faces;
        Ok(LandmarkResult {
            shape: Landmarks68(points),
            presence: Score(if there { 0.98 } else { 0.02 }),
        })
    }

    fn head(&mut self, _: &Picture, bounds: &BoundingBox) -> Result<Score, Self::Error> {
        let world = self.0.lock().unwrap();
        let there = world.holds_a_head(bounds) && world.seen_as != SeenAs::Blurs;
        Ok(Score(if there { 0.8 } else { 0.05 }))
    }

    fn detect(&mut self, _: &Picture, view: SearchRegion) -> Result<Vec<Detection>, Self::Error> {
        let world = self.0.lock().unwrap();
        Ok(match view {
            SearchRegion::Whole => world.detections(),
            SearchRegion::Part(_) | SearchRegion::Around(_) => Vec::new(),
        })
    }
}

/// A tracker that looks at the made-up world.
pub(crate) struct Watch {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) tracker: Tracker,
    pub(crate) models: FakeSight,
    pub(crate) rules: Rules,
    pub(crate) picture: Arc<Picture>,
    pub(crate) frames: u64,
    /// When each id was seen last.
    pub(crate) locked: BTreeMap<TrackId, Duration>,
}

impl Watch {
    pub(crate) fn new() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let rules = Rules::default();
        Self {
            tracker: Tracker::new(rules, 0.5),
            models: FakeSight(Arc::clone(&world)),
            picture: Arc::new(Picture::filled(SIZE, [0, 0, 0, 255])),
            frames: 0,
            locked: BTreeMap::new(),
            world,
            rules,
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Duration {
        FRAME * self.frames as u32
    }

    /// Begins anew with what a person drew a box around.
    pub(crate) fn follow(&mut self, drawn: BoundingBox) {
        self.tracker = Tracker::new(self.rules, 0.5);
        let frame = self.shown();
        let Ok(()) = self.tracker.follow(drawn, &frame, &mut self.models);
        let faces = self.tracker.faces();
        self.locked = faces.iter().map(|face| (face.id, self.now())).collect();
    }

    fn shown(&self) -> Arc<Frame> {
        let at = FrameTime(self.now());
        Arc::new(Frame {
            id: FrameId(self.frames),
            shown_at: at,
            captured_at: at,
            picture: Arc::clone(&self.picture),
        })
    }

    /// Shows everybody in colours of their own, before a grey wall.
    pub(crate) fn paint(&mut self) {
        let mut picture = Picture::filled(SIZE, [90, 90, 90, 255]);
        let places = self.world().now;
        for (i, pixel) in picture
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let (x, y) = (i as u32 % SIZE.width, i as u32 / SIZE.width);
            let on = |face: &BoundingBox| {
                let (dx, dy) = (x as f32 - face.centre().x, y as f32 - face.centre().y);
                dx.abs() < 0.9 * face.width && dy > -0.9 * face.height
            };
            let who = places
                .iter()
                .rposition(|face| face.is_some_and(|face| on(&face)));
            if let Some(place) = who {
                let shade = |part: usize| if part == place % 3 { 200 } else { 40 };
                *pixel = [shade(0), shade(1), shade(2), 255];
            }
        }
        self.picture = Arc::new(picture);
    }

    /// The next frame.
    pub(crate) fn frame(&mut self) -> Vec<TrackedFace> {
        self.frames += 1;
        let frame = self.shown();
        let Ok(()) = self.tracker.step(&frame, &mut self.models);
        let mut world = self.world();
        world.before = world.now;
        world.nonsense = None;
        drop(world);
        self.check_invariants();
        self.tracker.faces()
    }

    /// `count` frames; the faces of the last.
    pub(crate) fn rest(&mut self, count: u32) -> Vec<TrackedFace> {
        (0..count).map(|_| self.frame()).last().unwrap_or_default()
    }

    /// `op` happens, then the next frame comes.
    pub(crate) fn happen(&mut self, op: &Op) -> Vec<TrackedFace> {
        self.world().apply(op);
        match *op {
            Op::Drop(count) => self.frames += u64::from(count),
            Op::Rest(count) => {
                self.rest(count);
            }
            _ => {}
        }
        self.frame()
    }

    /// What must hold after each frame.
    pub(crate) fn check_invariants(&mut self) {
        let (faces, now) = (self.tracker.faces(), self.now());
        let ids: BTreeSet<TrackId> = faces.iter().map(|face| face.id).collect();
        assert_eq!(ids.len(), faces.len(), "an id is shared: {faces:?}");
        assert!(faces.len() <= self.rules.max_faces, "{faces:?}");
        self.locked.retain(|id, _| ids.contains(id));
        for face in &faces {
            let middle = face.bounds.centre();
            assert!(
                face.bounds.is_finite() && face.landmarks.is_finite(),
                "{face:?}"
            );
            assert!(
                (-0.01..=640.01).contains(&middle.x) && (-0.01..=360.01).contains(&middle.y),
                "the middle is outside: {face:?}"
            );
            assert!((0.0..=1.0).contains(&face.score.0), "{face:?}");
            if face.state == TrackState::Locked {
                self.locked.insert(face.id, now);
            }
            let unseen = now.saturating_sub(self.locked[&face.id]);
            assert!(
                matches!(face.state, TrackState::Locked | TrackState::Coasting),
                "{face:?}"
            );
            assert!(
                unseen <= self.rules.coast_for,
                "unseen for {unseen:?}: {face:?}"
            );
        }
    }

    /// A face of 80 pixels in the frame's middle, seen for ten frames; its id.
    pub(crate) fn with_a_face() -> (Self, TrackId) {
        let mut watch = Self::new();
        watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
        let faces = watch.rest(10);
        assert_eq!(faces.len(), 1);
        (watch, faces[0].id)
    }
}

pub(crate) fn frames_of(time: Duration) -> u32 {
    time.as_millis().div_ceil(FRAME.as_millis()) as u32
}
