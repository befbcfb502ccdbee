//! [`Reshaped`]: reduces the frame size or the frame rate of a source.
//!
//! Rate reduction keeps original frames with their times: those nearest to the ticks 0, 1, 2 … of the
//! requested rate. As in ffmpeg's filter `fps`, their number is the clip's duration times the rate,
//! rounded: a tick counts once the clip has covered half of its interval. A frame may therefore be held
//! until later ones have arrived.

use std::time::Duration;

use crate::domain::frame::Size;
use crate::pictures::scaled;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Tolerance for rounded times.
const ROUNDING: Duration = Duration::from_micros(2);

/// Shrinks frames to fit a size, and drops frames above a rate.
pub struct Reshaped<S> {
    source: S,
    fit: Option<Size>,
    fewer: Option<Fewer>,
}

impl<S: FrameSource> std::fmt::Debug for Reshaped<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reshaped({})", self.source.describe().what)
    }
}

impl<S: FrameSource> Reshaped<S> {
    /// Shrinks frames of `source` to fit `fit` (without enlargement), at most `fps` per second.
    pub fn new(source: S, fit: Option<Size>, fps: Option<u32>) -> Self {
        Self {
            source,
            fit,
            fewer: fps.map(Fewer::new),
        }
    }

    /// Returns the next kept frame, or any other event of the source.
    fn kept(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        let Some(fewer) = &mut self.fewer else {
            return self.source.next(limit);
        };
        loop {
            if let Some(end) = fewer.end.take() {
                return end;
            }
            match self.source.next(limit) {
                Ok(Polled::Frame(frame)) => {
                    if let Some(kept) = fewer.look_at(frame) {
                        return Ok(Polled::Frame(kept));
                    }
                }
                Ok(Polled::Waiting) => return Ok(Polled::Waiting),
                // Errors and the end follow the held frame.
                told => match fewer.certain() {
                    Some(kept) => {
                        fewer.end = Some(told);
                        return Ok(Polled::Frame(kept));
                    }
                    None => return told,
                },
            }
        }
    }
}

/// Selects frames by their times.
struct Fewer {
    interval: Duration,
    /// Times of the first and the newest frame; ticks count from the first.
    seen: Option<(Duration, Duration)>,
    /// End of the newest frame, if it lasts as long as the previous one.
    ends: Duration,
    /// The first tick without a frame.
    tick: u32,
    /// A selected frame, and the time that the clip must reach to confirm it.
    held: Option<(SourceFrame, Duration)>,
    /// The source's event while a frame was held.
    end: Option<Result<Polled, CaptureError>>,
}

impl Fewer {
    fn new(fps: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / fps.max(1),
            seen: None,
            ends: Duration::ZERO,
            tick: 0,
            held: None,
            end: None,
        }
    }

    /// Selects or drops the frame; returns a confirmed one.
    fn look_at(&mut self, frame: SourceFrame) -> Option<SourceFrame> {
        let now = frame.shown_at.0;
        let (start, before) = self.seen.unwrap_or((now, now));
        self.seen = Some((start, now));
        let (at, gap) = (now.saturating_sub(start), now.saturating_sub(before));
        self.ends = at + gap;
        let certain = self.certain();
        let reach = at + gap / 2 + ROUNDING;
        if reach >= self.interval * self.tick {
            let tick = (reach.as_nanos() / self.interval.as_nanos().max(1)) as u32;
            // The first frame is always kept.
            let needs = match self.tick {
                0 => Duration::ZERO,
                _ => self.interval * tick + self.interval / 2,
            };
            self.tick = tick + 1;
            self.held = Some((frame, needs));
        }
        certain.or_else(|| self.certain())
    }

    /// Returns the held frame, if the clip has reached its confirmation time.
    fn certain(&mut self) -> Option<SourceFrame> {
        let gone = self.ends + ROUNDING;
        let held = self.held.take_if(|(_, needs)| *needs <= gone);
        held.map(|(frame, _)| frame)
    }
}

/// Returns `size` reduced to fit `fit`, with its aspect ratio and even sides.
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
        let mut polled = self.kept(limit)?;
        if let (Polled::Frame(frame), Some(fit)) = (&mut polled, self.fit) {
            let size = fitted(frame.picture.size(), fit);
            if size != frame.picture.size() {
                frame.picture = scaled(&frame.picture, size);
            }
        }
        Ok(polled)
    }

    fn describe(&self) -> SourceInfo {
        let mut info = self.source.describe();
        if let (Some(size), Some(fit)) = (info.size, self.fit) {
            info.size = Some(fitted(size, fit));
        }
        if let Some(fewer) = &self.fewer {
            let most = 1.0 / fewer.interval.as_secs_f32();
            if info.fps.is_none_or(|fps| fps > most) {
                let share = info.fps.map(|fps| f64::from(most / fps));
                let frames = info.frames.zip(share);
                info.frames =
                    frames.map(|(all, share)| (all as f64 * share).round().max(1.0) as u64);
                info.fps = Some(most);
            }
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::frame::{FrameTime, Picture};
    use crate::stages::capture::Synthetic;

    const TINY: Size = Size::new(2, 2);

    /// Returns the times of the kept frames in seconds, and the frame count that `describe` predicted.
    fn kept(frames: u64, source_fps: f32, fps: Option<u32>) -> (Vec<f64>, Option<u64>) {
        let source = Synthetic::new(TINY, Some(frames), source_fps);
        let mut source = Reshaped::new(source, None, fps);
        let foretold = source.describe().frames;
        let mut times = Vec::new();
        while let Ok(Polled::Frame(frame)) = source.next(Duration::ZERO) {
            times.push(frame.shown_at.secs());
        }
        assert_eq!(source.next(Duration::ZERO).unwrap(), Polled::Ended);
        (times, foretold)
    }

    #[test]
    fn frames_are_left_out_evenly_and_never_made_up() {
        let count = |fps| kept(60, 30.0, fps).0.len();

        assert_eq!(count(None), 60);
        assert_eq!(count(Some(15)), 30);
        assert_eq!(count(Some(10)), 20);
        assert_eq!(count(Some(120)), 60);
    }

    #[test]
    fn six_seconds_at_two_frames_a_second_are_twelve_frames() {
        let (times, foretold) = kept(180, 30.0, Some(2));

        let wanted: Vec<f64> = (0..12).map(|tick| f64::from(tick) / 2.0).collect();
        let apart = times.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) < 0.001, "{times:?}");
        assert_eq!((times.len(), foretold), (12, Some(12)));
    }

    #[test]
    fn the_end_is_told_after_the_frame_that_was_held_back() {
        let mut fewer = Fewer::new(2);
        let mut short = Reshaped::new(Synthetic::new(TINY, Some(24), 30.0), None, Some(2));
        let frame = |ms| SourceFrame {
            picture: Picture::filled(TINY, [0; 4]),
            shown_at: FrameTime(Duration::from_millis(ms)),
        };

        assert!(fewer.look_at(frame(1000)).is_some(), "the first at once");
        assert!(fewer.look_at(frame(1250)).is_none(), "left out");
        assert!(fewer.look_at(frame(1450)).is_none(), "held back");
        assert_eq!(fewer.look_at(frame(1650)), Some(frame(1450)));
        let told = (0..3).map(|_| short.next(Duration::ZERO).unwrap());

        assert!(matches!(
            told.collect::<Vec<_>>()[..],
            [Polled::Frame(_), Polled::Frame(_), Polled::Ended]
        ));
    }

    proptest! {
        #[test]
        fn a_clip_keeps_its_length_times_the_rate_rounded(
            frames in 1..300_u64, source_fps in 5.0_f32..120.0, fps in 1..130_u32,
        ) {
            let (times, foretold) = kept(frames, source_fps, Some(fps));

            let exact = frames as f64 * f64::from(fps) / f64::from(source_fps);
            let count = times.len() as f64;
            if exact >= frames as f64 {
                prop_assert_eq!(times.len() as u64, frames);
            } else {
                let near_half = (exact.fract() - 0.5).abs() < 0.02;
                let off = (count - exact.round().max(1.0)).abs();
                prop_assert!(off < 0.5 || near_half && off < 1.5, "{} of {}", count, exact);
                let told = foretold.unwrap() as f64;
                prop_assert!((told - count).abs() < 0.5 || near_half);
                let half = 0.5 / f64::from(source_fps) + 1e-4;
                for (tick, at) in times.iter().enumerate() {
                    let off = (at - tick as f64 / f64::from(fps)).abs();
                    prop_assert!(off < half, "tick {} at {}", tick, at);
                }
            }
        }
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
