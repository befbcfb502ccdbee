//! [`WatchedCamera`]: a camera on a separate thread that never blocks its caller.
//!
//! Opening a camera and waiting for a frame can both hang in the driver forever. A hanging thread is
//! abandoned. A few of them are allowed, because one may return when the camera is unplugged.
//!
//! ```text
//! Opening ── frame ──▶ Streaming
//!    │  ▲                 │
//!    │  └── pause over ── Paused ◀── trouble or silence
//!    └── trouble or silence ──▲
//! ```

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::{LaneReceiver, LaneSender, Mode, Waited, lane};
use crate::domain::thread::{guarded, spawn_named};
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Largest number of consecutive damaged frames; cameras start with a few.
const MAX_DAMAGED: u32 = 60;

/// Time limits of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraLimits {
    /// Limit for opening, and then for the first frame.
    pub open: Duration,
    /// Limit from one frame to the next.
    pub read: Duration,
    /// Pause before the first reconnection; it doubles with each failure.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// Threads that may hang in the driver before the camera is given up.
    pub max_hanging: usize,
}

impl Default for CameraLimits {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(8),
            read: Duration::from_secs(3),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(2),
            max_hanging: 4,
        }
    }
}

/// Properties of an open camera.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeviceInfo {
    /// Name of the camera.
    pub(crate) name: String,
    /// Display name with the format.
    pub(crate) what: String,
    /// Frame size, pixels.
    pub(crate) size: Size,
    /// Nominal frames per second, if the driver reports it.
    pub(crate) fps: Option<f32>,
    /// Whether a program instead of a sensor supplies the frames.
    pub(crate) fed_by_program: bool,
}

/// An open camera. It stays on its own thread.
pub(crate) trait Device {
    /// Returns the properties of the camera.
    fn describe(&self) -> DeviceInfo;

    /// Waits briefly for the next frame and returns whether it arrived; may hang.
    fn wait(&mut self) -> Result<bool, CaptureError>;

    /// Decodes the frame that arrived; `None` if it is damaged.
    fn decode(&mut self) -> Option<Picture>;
}

/// Opens one specific camera, repeatedly if necessary.
pub(crate) trait Driver: Send + Sync + 'static {
    /// Returns the display name of the camera.
    fn name(&self) -> String;

    /// Opens the camera; may hang.
    fn open(&self) -> Result<Box<dyn Device>, CaptureError>;
}

/// An event of the camera's thread. A newer event replaces an unread one.
enum Event {
    Opened(Arc<DeviceInfo>),
    Frame(Arc<DeviceInfo>, SourceFrame),
    Failed(CaptureError),
}

/// The thread that owns the device.
struct Worker {
    events: LaneReceiver<Event>,
    stop: Arc<AtomicBool>,
    /// The time at which the thread counts as hanging.
    deadline: FrameTime,
    /// The time limit behind the deadline.
    patience: Duration,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

enum State {
    Working(Worker),
    Paused { until: FrameTime },
}

/// A supervised camera that reconnects by itself.
pub struct WatchedCamera {
    driver: Arc<dyn Driver>,
    limits: CameraLimits,
    clock: Clock,
    state: State,
    pause: Duration,
    info: Option<Arc<DeviceInfo>>,
    early: Option<SourceFrame>,
    /// Has one additional owner per live thread.
    threads: Arc<()>,
}

impl fmt::Debug for WatchedCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchedCamera({})", self.driver.name())
    }
}

impl WatchedCamera {
    /// Starts to open the camera and returns at once.
    #[cfg_attr(
        not(any(feature = "camera", test)),
        expect(dead_code, reason = "a build without cameras has no driver")
    )]
    pub(crate) fn start(driver: Arc<dyn Driver>, limits: CameraLimits, clock: Clock) -> Self {
        let now = clock.now();
        Self {
            driver,
            limits,
            clock,
            state: State::Paused { until: now },
            pause: limits.first_pause,
            info: None,
            early: None,
            threads: Arc::new(()),
        }
    }

    /// Waits until the camera is open, or returns the failure.
    pub(crate) fn opened(mut self) -> Result<Self, CaptureError> {
        self.state = State::Working(self.start_worker()?);
        self.early = self.heard()?;
        Ok(self)
    }

    /// Waits for the camera's first picture, or returns the failure.
    #[cfg_attr(
        not(any(feature = "camera", test)),
        expect(dead_code, reason = "a build without cameras has no driver")
    )]
    pub(crate) fn showing(self) -> Result<Self, CaptureError> {
        let mut camera = self.opened()?;
        while camera.early.is_none() {
            camera.early = camera.heard()?;
        }
        Ok(camera)
    }

    /// Waits for the thread's next event; returns the frame, if it is one.
    fn heard(&mut self) -> Result<Option<SourceFrame>, CaptureError> {
        loop {
            let State::Working(worker) = &self.state else {
                return Err(self.silent(self.limits.open));
            };
            let left = worker.deadline.since(self.clock.now());
            match worker.events.wait(left) {
                Waited::Value(Event::Failed(error)) => return Err(error),
                Waited::Value(event) => return Ok(self.frame_of(event)),
                Waited::TimedOut if left.is_zero() => return Err(self.silent(self.limits.open)),
                Waited::TimedOut => {}
                Waited::Closed => return Err(self.thread_died()),
            }
        }
    }

    fn start_worker(&self) -> Result<Worker, CaptureError> {
        if Arc::strong_count(&self.threads) > self.limits.max_hanging {
            return Err(CaptureError::CameraHangs(self.driver.name()));
        }
        let (sender, events) = lane(Mode::Newest);
        let stop = Arc::new(AtomicBool::new(false));
        let (driver, clock, stopped) = (self.driver.clone(), self.clock.clone(), stop.clone());
        let alive = self.threads.clone();
        let work = move || {
            let ended = guarded(|| stream(&*driver, &clock, &stopped, &sender));
            let error = ended.unwrap_or_else(|why| {
                Some(CaptureError::Camera {
                    name: driver.name(),
                    why: format!("its driver broke down ({why})"),
                })
            });
            drop(alive);
            // A lane of newest values cannot be closed, and the receiver may be gone.
            error.map(|error| sender.put(Event::Failed(error)).is_ok())
        };
        spawn_named("camera", work).map_err(|why| CaptureError::Start {
            what: "the camera's thread".into(),
            why,
        })?;
        Ok(Worker {
            events,
            stop,
            deadline: FrameTime(self.clock.now().0 + self.limits.open),
            patience: self.limits.open,
        })
    }

    /// Processes an event of the thread; returns the frame, if it is one.
    fn frame_of(&mut self, event: Event) -> Option<SourceFrame> {
        let (info, frame, patience) = match event {
            Event::Opened(info) => (info, None, self.limits.open),
            Event::Frame(info, frame) => (info, Some(frame), self.limits.read),
            Event::Failed(_) => return None,
        };
        self.info = Some(info);
        if let State::Working(worker) = &mut self.state {
            worker.deadline = FrameTime(self.clock.now().0 + patience);
            worker.patience = patience;
        }
        if frame.is_some() {
            self.pause = self.limits.first_pause;
        }
        frame
    }

    /// Abandons the thread and pauses; each pause is twice the previous one.
    fn lose(&mut self, error: &CaptureError) -> Polled {
        let until = FrameTime(self.clock.now().0 + self.pause);
        self.state = State::Paused { until };
        self.pause = (self.pause * 2).min(self.limits.longest_pause);
        Polled::Lost {
            why: error.to_string(),
        }
    }

    /// Returns whether an abandoned thread still hangs in the driver; in that case no other program holds
    /// the camera.
    fn holds_it(&self) -> bool {
        Arc::strong_count(&self.threads) > 1
    }

    fn silent(&self, after: Duration) -> CaptureError {
        match self.info.as_deref() {
            Some(info) if info.fed_by_program => CaptureError::CameraUnfed(info.name.clone()),
            _ => CaptureError::CameraSilent {
                name: self.name(),
                after,
            },
        }
    }

    /// Returns the camera's own name if it was ever open, otherwise the driver's.
    fn name(&self) -> String {
        let info = self.info.as_deref();
        info.map_or_else(|| self.driver.name(), |info| info.name.clone())
    }

    fn thread_died(&self) -> CaptureError {
        CaptureError::Camera {
            name: self.name(),
            why: "its driver broke down".into(),
        }
    }
}

impl FrameSource for WatchedCamera {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        if let Some(frame) = self.early.take() {
            return Ok(Polled::Frame(frame));
        }
        let now = self.clock.now();
        let worker = match &self.state {
            State::Working(worker) => worker,
            State::Paused { until } => {
                let left = until.since(now);
                thread::sleep(left.min(limit));
                if left <= limit {
                    self.state = State::Working(self.start_worker()?);
                }
                return Ok(Polled::Waiting);
            }
        };
        let left = worker.deadline.since(now);
        match worker.events.wait(left.min(limit)) {
            Waited::Value(Event::Failed(CaptureError::CameraBusy(_))) if self.holds_it() => {
                let error = self.silent(self.limits.read);
                Ok(self.lose(&error))
            }
            Waited::Value(Event::Failed(error)) => Ok(self.lose(&error)),
            Waited::Value(event) => Ok(self.frame_of(event).map_or(Polled::Waiting, Polled::Frame)),
            Waited::TimedOut if left <= limit => {
                let error = self.silent(worker.patience);
                Ok(self.lose(&error))
            }
            Waited::TimedOut => Ok(Polled::Waiting),
            Waited::Closed => {
                let error = self.thread_died();
                Ok(self.lose(&error))
            }
        }
    }

    fn describe(&self) -> SourceInfo {
        let info = self.info.as_deref();
        SourceInfo {
            what: info.map_or_else(|| self.driver.name(), |info| info.what.clone()),
            size: info.map(|info| info.size),
            fps: info.and_then(|info| info.fps),
            frames: None,
            live: true,
        }
    }
}

/// The camera's thread: opens the device and forwards its frames until it is stopped (`None`) or the
/// device fails.
fn stream(
    driver: &dyn Driver,
    clock: &Clock,
    stop: &AtomicBool,
    events: &LaneSender<Event>,
) -> Option<CaptureError> {
    let mut device = match driver.open() {
        Ok(device) => device,
        Err(error) => return Some(error),
    };
    let info = Arc::new(device.describe());
    tracing::debug!(camera = info.what, "camera open");
    events.put(Event::Opened(info.clone())).ok()?;
    let mut damaged = 0;
    while !stop.load(Ordering::Relaxed) {
        match device.wait() {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => return Some(error),
        }
        let shown_at = clock.now();
        if let Some(picture) = device.decode() {
            damaged = 0;
            let frame = SourceFrame { picture, shown_at };
            events.put(Event::Frame(info.clone(), frame)).ok()?;
        } else {
            damaged += 1;
            if damaged > MAX_DAMAGED {
                return Some(CaptureError::Camera {
                    name: info.name.clone(),
                    why: "it sends damaged pictures only".into(),
                });
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
