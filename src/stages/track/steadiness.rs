//! [`SteadinessMeter`]: how much the shown face shakes, and how far it lags behind the measured one.

use crate::domain::face::Steadiness;
use crate::domain::geometry::{FramePx, Point};

/// Frames over which the figures are averaged.
const OVER: f32 = 60.0;

/// The mean square of `p₁ - (p₀ + p₂) / 2` over that of `p`'s own independent noise.
const GAIN: f32 = 1.5;

/// A face that moves less than this part of its width a frame says nothing about lag.
const SLOW: f32 = 0.004;

/// Points of a face that are watched: the box's middle and the five points.
pub(super) const WATCHED: usize = 6;

/// Where the watched points of one face were shown and measured in one frame, frame pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) shown: [Point<FramePx>; WATCHED],
    pub(super) measured: [Point<FramePx>; WATCHED],
}

/// Watches one face.
#[derive(Debug, Clone, Default)]
pub(super) struct SteadinessMeter {
    last: Option<Moment>,
    before: Option<Moment>,
    /// Mean square of what shakes, a point and axis.
    shake: f32,
    /// Weighted sums of lag times speed, and of speed squared.
    behind: f32,
    moved: f32,
    frames: u32,
}

impl SteadinessMeter {
    /// Notes one frame; `width` is the face's, frame pixels.
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

    /// Forgets the last frames: the next one is not their neighbour.
    pub(super) fn interrupt(&mut self) {
        (self.before, self.last) = (None, None);
    }

    /// The figures; `None` until a few frames were seen.
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
        // A noise without memory: a hash of the frame's number, uniform with deviation 1.
        let noise = |i: i32| {
            let hash = (i as u32).wrapping_mul(2_654_435_761) ^ 0x9E37_79B9;
            let unit = (hash.wrapping_mul(hash | 1) >> 8) as f32 / (1 << 24) as f32;
            (unit - 0.5) * 12.0_f32.sqrt()
        };
        let found = figures(|i| (noise(i), noise(i)));

        // One axis shakes by 1 % of the width, the other not at all: 0.71 % an axis.
        assert!((0.45..1.0).contains(&found.jitter_percent), "{found:?}");
    }
}
