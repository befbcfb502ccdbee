//! [`Looping`]: a source over and over again. [`Paced`]: a source at the speed of its times.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::domain::frame::FrameTime;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Length of a frame where a source does not say how fast it runs.
const DEFAULT_INTERVAL: Duration = Duration::from_millis(40);

/// A source that is late by more than this goes on from now instead of catching up, as after a
/// suspended computer wakes.
const MAX_LATENESS: Duration = Duration::from_secs(1);

/// Opens a source anew each time it is over; times go on growing.
pub struct Looping<F> {
    open: F,
    source: Box<dyn FrameSource>,
    interval: Duration,
    /// Start of the present round.
    began: Duration,
    /// End of the newest frame.
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
    /// Plays what `open` opens, again and again.
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
                // A round without a frame would spin for ever.
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

/// Holds each frame back until its time has come. Drops nothing.
#[derive(Debug)]
pub struct Paced<S> {
    source: S,
    clock: Clock,
    /// What the clock shows at the source's time zero.
    zero: Option<Duration>,
    /// Read too early.
    held: Option<SourceFrame>,
}

impl<S: FrameSource> Paced<S> {
    /// Plays `source` on `clock`; its first frame is shown at once.
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
