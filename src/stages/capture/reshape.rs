//! [`Reshaped`]: a source with smaller or fewer frames.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Size};
use crate::pictures::scaled;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceInfo};

/// Shrinks frames to fit into a size, and leaves out frames that come too often.
pub struct Reshaped<S> {
    source: S,
    fit: Option<Size>,
    interval: Option<Duration>,
    /// When the next frame is due.
    due: FrameTime,
}

impl<S: FrameSource> std::fmt::Debug for Reshaped<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reshaped({})", self.source.describe().what)
    }
}

impl<S: FrameSource> Reshaped<S> {
    /// Frames of `source` that fit into `fit` (never enlarged), at most `fps` a second.
    pub fn new(source: S, fit: Option<Size>, fps: Option<u32>) -> Self {
        let interval = fps.map(|fps| Duration::from_secs(1) / fps.max(1));
        Self {
            source,
            fit,
            interval,
            due: FrameTime::default(),
        }
    }

    /// Whether a frame of this time is taken; a quarter of an interval early is in time.
    fn is_due(&mut self, at: FrameTime) -> bool {
        let Some(interval) = self.interval else {
            return true;
        };
        if at.0 + interval / 4 < self.due.0 {
            return false;
        }
        self.due = FrameTime(self.due.0.max(at.0.saturating_sub(interval)) + interval);
        true
    }
}

/// `size` made smaller to fit into `fit`, its shape kept, both sides even.
fn fitted(size: Size, fit: Size) -> Size {
    let scale = (f64::from(fit.width) / f64::from(size.width.max(1)))
        .min(f64::from(fit.height) / f64::from(size.height.max(1)));
    if scale >= 1.0 {
        return size;
    }
    let side = |full: u32| (((f64::from(full) * scale / 2.0).round() as u32) * 2).max(2);
    Size::new(side(size.width), side(size.height))
}

impl<S: FrameSource> FrameSource for Reshaped<S> {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        loop {
            match self.source.next(limit)? {
                Polled::Frame(frame) if !self.is_due(frame.shown_at) => {}
                Polled::Frame(mut frame) => {
                    if let Some(fit) = self.fit {
                        let size = fitted(frame.picture.size(), fit);
                        if size != frame.picture.size() {
                            frame.picture = scaled(&frame.picture, size);
                        }
                    }
                    return Ok(Polled::Frame(frame));
                }
                other => return Ok(other),
            }
        }
    }

    fn describe(&self) -> SourceInfo {
        let mut info = self.source.describe();
        if let (Some(size), Some(fit)) = (info.size, self.fit) {
            info.size = Some(fitted(size, fit));
        }
        if let Some(interval) = self.interval {
            let most = 1.0 / interval.as_secs_f32();
            if info.fps.is_none_or(|fps| fps > most) {
                info.fps = Some(most);
                info.frames = None;
            }
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::capture::Synthetic;

    fn count(fps: Option<u32>) -> usize {
        let source = Synthetic::new(Size::new(64, 36), Some(60), 30.0);
        let mut source = Reshaped::new(source, None, fps);
        let mut frames = 0;
        while matches!(source.next(Duration::ZERO), Ok(Polled::Frame(_))) {
            frames += 1;
        }
        frames
    }

    #[test]
    fn frames_are_left_out_evenly_and_never_made_up() {
        assert_eq!(count(None), 60);
        assert_eq!(count(Some(15)), 30);
        assert_eq!(count(Some(10)), 20);
        assert_eq!(count(Some(120)), 60);
    }

    #[test]
    fn frames_shrink_to_fit_and_keep_their_shape() {
        assert_eq!(
            fitted(Size::new(1280, 720), Size::new(640, 640)),
            Size::new(640, 360)
        );
        assert_eq!(
            fitted(Size::new(320, 240), Size::new(1280, 720)),
            Size::new(320, 240)
        );
    }
}
