//! Cameras that hang, vanish, return or are busy, simulated by fake devices.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::*;

/// The behaviour of a fake device after one opening.
#[derive(Clone, Copy)]
enum Act {
    HangWhenOpened,
    Busy,
    /// Delivers this many frames, then hangs.
    HangAfter(u32),
    /// Delivers this many frames, then is unplugged.
    GoneAfter(u32),
    /// Delivers only damaged pictures.
    Damaged,
    /// Opens without frames, like a virtual camera without a program behind it.
    Unfed,
    Panic,
}

struct Fake {
    acts: Mutex<Vec<Act>>,
    opened: AtomicUsize,
}

struct FakeDevice {
    act: Act,
    delivered: u32,
}

const SIZE: Size = Size::new(4, 2);

fn hang() {
    // Longer than every limit here, but short enough to leave no thread after the tests.
    thread::sleep(Duration::from_secs(3));
}

fn gone() -> CaptureError {
    CaptureError::CameraGone("fake".into())
}

impl Driver for Fake {
    fn name(&self) -> String {
        "fake".into()
    }

    fn open(&self) -> Result<Box<dyn Device>, CaptureError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let mut acts = self.acts.lock().unwrap();
        let act = if acts.len() > 1 {
            acts.remove(0)
        } else {
            acts[0]
        };
        drop(acts);
        match act {
            Act::HangWhenOpened => {
                hang();
                Err(gone())
            }
            Act::Busy => Err(CaptureError::CameraBusy("fake".into())),
            Act::Panic => panic!("a driver breaks down"),
            _ => Ok(Box::new(FakeDevice { act, delivered: 0 })),
        }
    }
}

impl Device for FakeDevice {
    fn describe(&self) -> DeviceInfo {
        DeviceInfo {
            name: "fake".into(),
            what: "fake, 4x2".into(),
            size: SIZE,
            fps: Some(30.0),
            fed_by_program: matches!(self.act, Act::Unfed),
        }
    }

    fn wait(&mut self) -> Result<bool, CaptureError> {
        match self.act {
            Act::HangAfter(frames) if self.delivered >= frames => {
                hang();
                return Err(gone());
            }
            Act::GoneAfter(frames) if self.delivered >= frames => return Err(gone()),
            _ => {}
        }
        thread::sleep(Duration::from_millis(5));
        if matches!(self.act, Act::Unfed) {
            return Ok(false);
        }
        self.delivered += 1;
        Ok(true)
    }

    fn decode(&mut self) -> Option<Picture> {
        (!matches!(self.act, Act::Damaged)).then(|| Picture::filled(SIZE, [1, 2, 3, 255]))
    }
}

fn limits() -> CameraLimits {
    CameraLimits {
        open: Duration::from_millis(120),
        read: Duration::from_millis(80),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(40),
        max_hanging: 2,
    }
}

fn camera(acts: &[Act]) -> WatchedCamera {
    let fake = Fake {
        acts: Mutex::new(acts.to_vec()),
        opened: AtomicUsize::new(0),
    };
    WatchedCamera::start(Arc::new(fake), limits(), Clock::system())
}

const LIMIT: Duration = Duration::from_millis(20);

/// Returns the camera's events during `for_ms`, and the longest blocking of its caller.
fn watch(camera: &mut WatchedCamera, for_ms: u64) -> (Vec<Polled>, Duration) {
    let clock = Clock::system();
    let (mut told, mut longest) = (Vec::new(), Duration::ZERO);
    while clock.now().0 < Duration::from_millis(for_ms) {
        let asked = clock.now();
        match camera.next(LIMIT).unwrap() {
            Polled::Waiting => {}
            other => told.push(other),
        }
        longest = longest.max(clock.now().since(asked));
    }
    (told, longest)
}

fn is_frame(polled: &Polled) -> bool {
    matches!(polled, Polled::Frame(_))
}

fn losses(told: &[Polled]) -> Vec<&str> {
    let mut losses = Vec::new();
    for polled in told {
        if let Polled::Lost { why } = polled {
            losses.push(why.as_str());
        }
    }
    losses
}

#[test]
fn a_camera_that_hangs_while_it_opens_is_reported_in_time() {
    let clock = Clock::system();

    let error = camera(&[Act::HangWhenOpened]).opened().unwrap_err();

    assert!(
        matches!(error, CaptureError::CameraSilent { .. }),
        "{error}"
    );
    assert!(clock.now().0 < Duration::from_secs(1));
}

#[test]
fn a_camera_that_hangs_while_it_reads_is_lost_and_tried_again() {
    let mut camera = camera(&[Act::HangAfter(3), Act::HangAfter(1000)])
        .opened()
        .unwrap();

    let (told, longest) = watch(&mut camera, 500);

    let lost_at = told.iter().position(|polled| !is_frame(polled)).unwrap();
    assert!(losses(&told)[0].contains("did not answer"));
    assert!(
        told[lost_at + 1..].iter().any(is_frame),
        "frames come again"
    );
    assert!(
        longest < Duration::from_millis(200),
        "the caller waited {longest:?}"
    );
}

#[test]
fn an_unplugged_camera_comes_back_by_itself() {
    let acts = [Act::GoneAfter(3), Act::Busy, Act::GoneAfter(1000)];
    let mut camera = camera(&acts).opened().unwrap();

    let (told, _) = watch(&mut camera, 500);

    let losses = losses(&told);
    assert!(losses[0].contains("unplugged"), "{losses:?}");
    assert!(
        losses[1].contains("in use by another program"),
        "{losses:?}"
    );
    assert_eq!(losses.len(), 2, "each loss is told once");
    assert!(is_frame(told.last().unwrap()));
}

#[test]
fn a_camera_that_a_thread_of_ours_still_holds_is_silent_and_not_in_use_by_others() {
    let mut camera = camera(&[Act::HangAfter(3), Act::Busy]).opened().unwrap();

    let (told, _) = watch(&mut camera, 400);

    let losses = losses(&told);
    assert!(losses.len() > 1, "{losses:?}");
    let silent = losses.iter().all(|why| why.contains("did not answer"));
    assert!(silent, "{losses:?}");
}

#[test]
fn a_busy_camera_says_so_at_once() {
    let error = camera(&[Act::Busy]).opened().unwrap_err();

    assert!(error.to_string().contains("close that program"), "{error}");
}

#[test]
fn a_camera_that_always_hangs_is_given_up_before_threads_pile_up() {
    let mut camera = camera(&[Act::HangWhenOpened]);
    let clock = Clock::system();

    let error = loop {
        match camera.next(LIMIT) {
            Err(error) => break error,
            Ok(_) => assert!(clock.now().0 < Duration::from_secs(2)),
        }
    };

    assert!(matches!(error, CaptureError::CameraHangs(_)), "{error}");
}

#[test]
fn damaged_pictures_alone_are_a_loss_and_a_broken_driver_too() {
    let mut damaged = camera(&[Act::Damaged]);
    let mut broken = camera(&[Act::Panic]);

    let (told_damaged, _) = watch(&mut damaged, 600);
    let (told_broken, _) = watch(&mut broken, 300);

    assert!(!told_damaged.iter().chain(&told_broken).any(is_frame));
    assert!(losses(&told_damaged)[0].starts_with("fake"));
    assert!(losses(&told_broken)[0].starts_with("fake"));
}

#[test]
fn the_newest_frame_wins_when_the_caller_is_slow() {
    let mut camera = camera(&[Act::HangAfter(10_000)]).opened().unwrap();
    let clock = camera.clock.clone();
    thread::sleep(Duration::from_millis(60));

    let (told, _) = watch(&mut camera, 30);

    // The first frame may date from the opening.
    let Some(Polled::Frame(frame)) = told.get(1) else {
        panic!("no frame")
    };
    let age = clock.now().since(frame.shown_at);
    assert!(age < Duration::from_millis(60), "{age:?}");
    assert_eq!(camera.describe().what, "fake, 4x2");
}

#[test]
fn a_virtual_camera_without_frames_is_said_to_be_fed_by_nobody() {
    let error = camera(&[Act::Unfed]).showing().unwrap_err();

    assert!(error.to_string().contains("nobody feeds it"), "{error}");
}

#[test]
fn a_camera_is_taken_as_showing_only_once_a_picture_came() {
    let mut shows = camera(&[Act::HangAfter(10_000)]).showing().unwrap();
    let hangs = camera(&[Act::HangAfter(0)]).showing().unwrap_err();

    assert!(
        is_frame(&shows.next(LIMIT).unwrap()),
        "the first one is kept"
    );
    assert!(
        hangs.to_string().starts_with("fake did not answer"),
        "{hangs}"
    );
}
