//! [`Looping`]: endless repetition of a source. [`Paced`]: playback in real time.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::domain::frame::FrameTime;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Frame duration of a source without a frame rate.
const DEFAULT_INTERVAL: Duration = Duration::from_millis(40);

/// Delay above which playback resumes from the current time instead of catching up, for example after
/// system suspend.
const MAX_LATENESS: Duration = Duration::from_secs(1);

/// Reopens a source after each end; times keep increasing.
pub struct Looping<F> {
    open: F,
    source: Box<dyn FrameSource>,
    interval: Duration,
    /// Start time of the current round.
    began: Duration,
    /// End time of the newest frame.
    ends: Duration,
}

impl<F> fmt::Debug for Looping<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Looping({})", self.source.describe().what)
    }
}

impl<F> Looping<F>
where
    F: FnMut() -> Result<Box<dyn FrameSource>, CaptureError> + Send,
{
    /// Repeats the source that `open` opens.
    pub fn new(mut open: F) -> Result<Self, CaptureError> {
        let source = open()?;
        let fps = source.describe().fps.filter(|fps| *fps > 0.1);
        Ok(Self {
            open,
            source,
            interval: fps.map_or(DEFAULT_INTERVAL, |fps| {
                Duration::from_secs_f64(1.0 / f64::from(fps))
            }),
            began: Duration::ZERO,
            ends: Duration::ZERO,
        })
    }
}

impl<F> FrameSource for Looping<F>
where
    F: FnMut() -> Result<Box<dyn FrameSource>, CaptureError> + Send,
{
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        let mut polled = self.source.next(limit)?;
        if polled == Polled::Ended {
            if self.ends == self.began {
                // A round without a frame would loop without waiting.
                return Ok(Polled::Ended);
            }
            self.source = (self.open)()?;
            self.began = self.ends;
            polled = self.source.next(limit)?;
        }
        if let Polled::Frame(frame) = &mut polled {
            frame.shown_at = FrameTime(self.began + frame.shown_at.0);
            self.ends = frame.shown_at.0 + self.interval;
        }
        Ok(polled)
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            frames: None,
            ..self.source.describe()
        }
    }
}

/// Delays each frame until its display time. Drops no frame.
#[derive(Debug)]
pub struct Paced<S> {
    source: S,
    clock: Clock,
    /// Clock time at the source's time zero.
    zero: Option<Duration>,
    /// A frame that was read early.
    held: Option<SourceFrame>,
}

impl<S: FrameSource> Paced<S> {
    /// Plays `source` on `clock`; the first frame is shown at once.
    pub fn new(source: S, clock: Clock) -> Self {
        Self {
            source,
            clock,
            zero: None,
            held: None,
        }
    }
}

impl<S: FrameSource> FrameSource for Paced<S> {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        let frame = match self.held.take() {
            Some(frame) => frame,
            None => match self.source.next(limit)? {
                Polled::Frame(frame) => frame,
                other => return Ok(other),
            },
        };
        let now = self.clock.now().0;
        let due = self.zero.map_or(now, |zero| zero + frame.shown_at.0);
        if self.zero.is_none() || now.saturating_sub(due) > MAX_LATENESS {
            self.zero = Some(now.saturating_sub(frame.shown_at.0));
            return Ok(Polled::Frame(frame));
        }
        let early = due.saturating_sub(now);
        thread::sleep(early.min(limit));
        if early > limit {
            self.held = Some(frame);
            return Ok(Polled::Waiting);
        }
        Ok(Polled::Frame(frame))
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            live: true,
            ..self.source.describe()
        }
    }
}
