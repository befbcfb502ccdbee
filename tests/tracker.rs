//! The tracker's rules in a made-up world of faces that appear, move, hide, jump and cross; and
//! the life of a track by example. The networks are stood in for by the world itself.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use proptest::prelude::*;
use vizard::domain::face::{
    BoundingBox, Detection, Landmarks, Score, TrackId, TrackState, TrackedFace,
};
use vizard::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use vizard::domain::geometry::{Point, Rect};
use vizard::stages::track::regress::{BoxRegressor, CONTEXT, Regression, TrackError};
use vizard::stages::track::{Rules, Tracker};

const SIZE: Size = Size::new(640, 360);

/// Places for faces in the world; more than the tracker follows.
const PLACES: usize = 6;

/// A frame of a 25 Hz camera.
const FRAME: Duration = Duration::from_millis(40);

/// One thing that happens before the next frame.
#[derive(Debug, Clone)]
enum Op {
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

fn ops() -> impl Strategy<Value = Op> {
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

/// Where faces really are, now and in the frame before.
#[derive(Debug, Default)]
struct World {
    now: [Option<BoundingBox>; PLACES],
    before: [Option<BoundingBox>; PLACES],
    nonsense: Option<f32>,
}

fn landmarks(b: &BoundingBox) -> Landmarks {
    let at = |x: f32, y: f32| Point::new(b.x + x * b.width, b.y + y * b.height);
    Landmarks::from_array([
        at(0.3, 0.4),
        at(0.7, 0.4),
        at(0.5, 0.6),
        at(0.35, 0.8),
        at(0.65, 0.8),
    ])
}

/// A square box whose middle is kept inside the frame.
fn face_at(x: f32, y: f32, side: f32) -> BoundingBox {
    let middle = Point::new(x.clamp(1.0, 639.0), y.clamp(1.0, 359.0));
    Rect::from_centre(middle, side, side)
}

impl World {
    fn change(&mut self, place: usize, change: impl FnOnce(Point<()>, f32) -> (f32, f32)) {
        if let Some(face) = &mut self.now[place] {
            let (middle, side) = (face.centre(), face.width);
            let (x, y) = change(Point::new(middle.x, middle.y), side);
            *face = face_at(x, y, side);
        }
    }

    fn apply(&mut self, op: &Op) {
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

    fn detections(&self) -> Vec<Detection> {
        let seen = |bounds: &BoundingBox| Detection {
            bounds: *bounds,
            landmarks: landmarks(bounds),
            score: Score(0.95),
        };
        self.now.iter().flatten().map(seen).collect()
    }

    /// What a perfect network says of the face that `bounds` held in the frame before.
    fn regression(&self, bounds: &BoundingBox) -> Regression {
        let overlap = |place: &usize| self.before[*place].map_or(0.0, |b| b.iou(bounds));
        let held = (0..PLACES).max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let window = CONTEXT * bounds.width.max(bounds.height) / 2.0;
        let found = held
            .filter(|place| overlap(place) > 0.3)
            .and_then(|place| self.now[place])
            .filter(|face| face.centre().distance(bounds.centre()) < window);
        let is = found.unwrap_or(*bounds);
        Regression {
            bounds: is,
            landmarks: landmarks(&is),
            presence: Score(if found.is_some() { 0.97 } else { 0.03 }),
        }
    }
}

struct FakeRegressor(Arc<Mutex<World>>);

impl BoxRegressor for FakeRegressor {
    fn regress(
        &mut self,
        _: &Picture,
        _: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, TrackError> {
        let world = self.0.lock().unwrap();
        let mut said = world.regression(bounds);
        if let Some(number) = world.nonsense {
            said.bounds = Rect::new(number, number, number, number);
            said.landmarks = landmarks(&said.bounds);
            said.presence = Score(0.99);
        }
        Ok(said)
    }
}

/// A tracker that looks at the made-up world.
struct Watch {
    world: Arc<Mutex<World>>,
    tracker: Tracker,
    rules: Rules,
    picture: Arc<Picture>,
    frames: u64,
    /// When each id was seen last.
    locked: BTreeMap<TrackId, Duration>,
}

impl Watch {
    fn new() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let regressor = Box::new(FakeRegressor(Arc::clone(&world)));
        let rules = Rules::default();
        Self {
            tracker: Tracker::new(regressor, rules, 0.5),
            picture: Arc::new(Picture::filled(SIZE, [0, 0, 0, 255])),
            frames: 0,
            locked: BTreeMap::new(),
            world,
            rules,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn now(&self) -> Duration {
        FRAME * self.frames as u32
    }

    /// The next frame.
    fn frame(&mut self) -> Vec<TrackedFace> {
        self.frames += 1;
        let at = FrameTime(self.now());
        let frame = Arc::new(Frame {
            id: FrameId(self.frames),
            shown_at: at,
            captured_at: at,
            picture: Arc::clone(&self.picture),
        });
        if self.tracker.advance(&frame).unwrap() {
            let detections = self.world().detections();
            self.tracker.correct(&detections, &frame);
        }
        let mut world = self.world();
        world.before = world.now;
        world.nonsense = None;
        drop(world);
        self.check_invariants();
        self.tracker.faces()
    }

    /// `count` frames; the faces of the last.
    fn rest(&mut self, count: u32) -> Vec<TrackedFace> {
        (0..count).map(|_| self.frame()).last().unwrap_or_default()
    }

    /// `op` happens, then the next frame comes.
    fn happen(&mut self, op: &Op) -> Vec<TrackedFace> {
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
    fn check_invariants(&mut self) {
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
                unseen <= self.rules.coast,
                "unseen for {unseen:?}: {face:?}"
            );
        }
    }

    /// A face of 80 pixels in the frame's middle, seen for ten frames; its id.
    fn with_a_face() -> (Self, TrackId) {
        let mut watch = Self::new();
        watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));
        let faces = watch.rest(10);
        assert_eq!(faces.len(), 1);
        (watch, faces[0].id)
    }
}

fn frames_of(time: Duration) -> u32 {
    time.as_millis().div_ceil(FRAME.as_millis()) as u32
}

proptest! {
    #[test]
    fn whatever_faces_do_the_tracker_keeps_its_rules(
        ops in prop::collection::vec(ops(), 1..80),
    ) {
        let mut watch = Watch::new();
        for op in &ops {
            watch.happen(op);
        }
    }

    #[test]
    fn when_all_faces_hide_all_tracks_end_within_the_coast_time(
        ops in prop::collection::vec(ops(), 1..40),
    ) {
        let mut watch = Watch::new();
        for op in &ops {
            watch.happen(op);
        }
        for place in 0..PLACES {
            watch.world().now[place] = None;
        }

        let faces = watch.rest(frames_of(watch.rules.coast) + 1);

        prop_assert!(faces.is_empty(), "{faces:?}");
    }

    /// The others stay in the right half of the frame.
    #[test]
    fn a_face_that_stays_put_keeps_its_id_whatever_the_others_do(
        ops in prop::collection::vec(ops(), 1..60),
    ) {
        let mut watch = Watch::new();
        let still = face_at(100.0, 180.0, 80.0);
        watch.world().now[0] = Some(still);
        let id = watch.rest(3)[0].id;
        for op in ops {
            let spares_it = !matches!(op, Op::Nonsense(_) | Op::Cross(0, _) | Op::Cross(_, 0));
            if spares_it {
                watch.world().apply(&op);
            }
            let mut world = watch.world();
            for face in world.now[1..].iter_mut().flatten() {
                let (middle, side) = (face.centre(), face.width.min(120.0));
                *face = face_at(middle.x.max(320.0), middle.y, side);
            }
            world.now[0] = Some(still);
            drop(world);
            if let Op::Drop(count) = op {
                watch.frames += u64::from(count);
            }

            let faces = watch.frame();

            let face = faces.iter().find(|face| face.id == id);
            prop_assert!(face.is_some_and(|face| face.bounds.iou(&still) > 0.9), "{faces:?}");
        }
    }
}

#[test]
fn a_face_is_found_in_its_first_frame() {
    let mut watch = Watch::new();

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].state, TrackState::Locked);
    assert!(faces[0].bounds.iou(&face_at(320.0, 180.0, 80.0)) > 0.99);
}

#[test]
fn a_lost_face_coasts_then_ends() {
    let (mut watch, id) = Watch::with_a_face();
    let coast = frames_of(watch.rules.coast);

    let mut faces = watch.happen(&Op::Hide(0));

    assert_eq!(faces[0].id, id);
    let stood = faces[0].bounds;
    for _ in 2..coast {
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].state, TrackState::Coasting);
        assert_eq!(faces[0].bounds, stood);
        faces = watch.frame();
    }
    assert!(watch.rest(2).is_empty());
}

#[test]
fn a_face_that_is_hidden_for_a_moment_is_locked_again() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    watch.rest(5);

    let faces = watch.happen(&Op::Appear(0, 325.0, 182.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_eq!((faces[0].id, faces[0].state), (id, TrackState::Locked));
}

#[test]
fn a_face_that_returns_within_memory_gets_its_old_id() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    assert!(watch.rest(frames_of(Duration::from_secs(3))).is_empty());

    let faces = watch.happen(&Op::Appear(0, 150.0, 120.0, 90.0));

    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].id, id);
}

#[test]
fn a_face_that_returns_after_memory_gets_a_new_id() {
    let (mut watch, id) = Watch::with_a_face();
    let memory = watch.rules.coast + watch.rules.remember;
    watch.happen(&Op::Hide(0));
    watch.rest(frames_of(memory) + 2);

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 80.0));

    assert_eq!(faces.len(), 1);
    assert_ne!(faces[0].id, id);
}

#[test]
fn a_face_of_quite_another_size_is_another_face() {
    let (mut watch, id) = Watch::with_a_face();
    watch.happen(&Op::Hide(0));
    watch.rest(50);

    let faces = watch.happen(&Op::Appear(0, 320.0, 180.0, 300.0));

    assert_ne!(faces[0].id, id);
}

#[test]
fn of_a_crowd_four_faces_are_followed_and_the_next_comes_when_one_leaves() {
    let mut watch = Watch::new();
    for place in 0..PLACES {
        watch.world().now[place] = Some(face_at(60.0 + 100.0 * place as f32, 180.0, 60.0));
    }

    let crowd = watch.rest(12);
    watch.world().now[0] = None;
    let again = frames_of(watch.rules.coast) + watch.rules.detect_every + 2;
    let later = watch.rest(again);

    let ids = |faces: &[TrackedFace]| faces.iter().map(|f| f.id).collect::<BTreeSet<_>>();
    assert_eq!((ids(&crowd).len(), ids(&later).len()), (4, 4));
    assert!(ids(&crowd).intersection(&ids(&later)).count() >= 3);
}

#[test]
fn a_moving_face_is_followed_closely() {
    let (mut watch, id) = Watch::with_a_face();
    for _ in 0..40 {
        let faces = watch.happen(&Op::Move(0, 5.0, -2.0));

        let truth = watch.world().now[0].unwrap();
        assert_eq!((faces.len(), faces[0].id), (1, id));
        assert!(faces[0].bounds.iou(&truth) > 0.7, "{faces:?}, {truth:?}");
    }
}
