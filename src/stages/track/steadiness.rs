//! [`SteadinessMeter`]: measures the jitter of the shown face and its lag behind the measured one.

use crate::domain::face::Steadiness;
use crate::domain::geometry::{FramePx, Point};

/// Time constant of the averages, frames.
const OVER: f32 = 60.0;

/// Ratio of the mean square of `p₁ - (p₀ + p₂) / 2` to the variance of independent noise in `p`.
const GAIN: f32 = 1.5;

/// Speed, in face widths per frame, below which a face says nothing about lag.
const SLOW: f32 = 0.004;

/// Number of observed points: the box's centre and five landmarks.
pub(super) const WATCHED: usize = 6;

/// Shown and measured positions of one face's observed points in one frame, frame pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) shown: [Point<FramePx>; WATCHED],
    pub(super) measured: [Point<FramePx>; WATCHED],
}

/// Jitter and lag statistics of one face.
#[derive(Debug, Clone, Default)]
pub(super) struct SteadinessMeter {
    last: Option<Moment>,
    before: Option<Moment>,
    /// Mean squared jitter per point and axis.
    shake: f32,
    /// Weighted sums of lag times speed, and of squared speed.
    behind: f32,
    moved: f32,
    frames: u32,
}

impl SteadinessMeter {
    /// Adds one frame; `width` is the face's width in frame pixels.
    pub(super) fn observe(&mut self, now: Moment, width: f32) {
        let unit = width.max(1.0);
        if let (Some(before), Some(last)) = (self.before, self.last) {
            let mut shake = 0.0;
            self.behind *= 1.0 - 1.0 / OVER;
            self.moved *= 1.0 - 1.0 / OVER;
            for i in 0..WATCHED {
                for axis in [|p: Point<FramePx>| p.x, |p: Point<FramePx>| p.y] {
                    let middle = f32::midpoint(axis(before.shown[i]), axis(now.shown[i]));
                    let bend = (axis(last.shown[i]) - middle) / unit;
                    shake += bend * bend / GAIN / (2 * WATCHED) as f32;
                    let (was, is) = (axis(before.measured[i]), axis(now.measured[i]));
                    let speed = (is - was) / 2.0 / unit;
                    if speed.abs() > SLOW {
                        self.behind += (is - axis(now.shown[i])) / unit * speed;
                        self.moved += speed * speed;
                    }
                }
            }
            self.frames += 1;
            let part = 1.0 / OVER.min(self.frames as f32);
            self.shake += (shake - self.shake) * part;
        }
        (self.before, self.last) = (self.last, Some(now));
    }

    /// Discards the last frames, because the next frame does not follow them directly.
    pub(super) fn interrupt(&mut self) {
        (self.before, self.last) = (None, None);
    }

    /// Returns the statistics, or `None` before five frames.
    pub(super) fn figures(&self) -> Option<Steadiness> {
        (self.frames >= 5).then(|| Steadiness {
            jitter_percent: self.shake.max(0.0).sqrt() * 100.0,
            lag_frames: if self.moved > 0.0 {
                (self.behind / self.moved).max(0.0)
            } else {
                0.0
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(place: impl Fn(i32) -> (f32, f32)) -> Steadiness {
        let mut meter = SteadinessMeter::default();
        for i in 0..200 {
            let (shown, measured) = place(i);
            let moment = Moment {
                shown: [Point::new(shown, 0.0); WATCHED],
                measured: [Point::new(measured, 0.0); WATCHED],
            };
            meter.observe(moment, 100.0);
        }
        meter.figures().unwrap()
    }

    #[test]
    fn a_smooth_motion_two_frames_late_has_lag_and_no_jitter() {
        let found = figures(|i| (3.0 * (i - 2) as f32, 3.0 * i as f32));

        assert!((found.lag_frames - 2.0).abs() < 0.05, "{found:?}");
        assert!(found.jitter_percent < 0.01, "{found:?}");
    }

    #[test]
    fn noise_of_one_per_cent_is_told_as_such() {
        // White noise: a hash of the frame number, uniform with standard deviation 1.
        let noise = |i: i32| {
            let hash = (i as u32).wrapping_mul(2_654_435_761) ^ 0x9E37_79B9;
            let unit = (hash.wrapping_mul(hash | 1) >> 8) as f32 / (1 << 24) as f32;
            (unit - 0.5) * 12.0_f32.sqrt()
        };
        let found = figures(|i| (noise(i), noise(i)));

        // One axis has a jitter of 1 % of the width, the other none: 0.71 % per axis.
        assert!((0.45..1.0).contains(&found.jitter_percent), "{found:?}");
    }
}
