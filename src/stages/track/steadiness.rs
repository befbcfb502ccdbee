//! [`SteadinessMeter`]: how much the shown face shakes, and how far it lags behind the measured one.

use crate::domain::face::Steadiness;
use crate::domain::geometry::{FramePx, Point};

/// Frames over which the figures are averaged.
const OVER: f32 = 60.0;

/// The mean square of `p₁ - (p₀ + p₂) / 2` over that of `p`'s own independent noise.
const GAIN: f32 = 1.5;

/// A face that moves less than this part of its width a frame says nothing about lag.
const SLOW: f32 = 0.004;

/// Two neighbouring frames of one face: where it was shown and measured, face widths.
#[derive(Debug, Clone, Copy)]
struct Moment {
    shown: [f32; 2],
    measured: [f32; 2],
}

/// Watches one face.
#[derive(Debug, Clone, Default)]
pub(super) struct SteadinessMeter {
    last: Option<Moment>,
    before: Option<Moment>,
    /// Mean square of what shakes, an axis.
    shake: f32,
    /// Weighted sums of lag times speed, and of speed squared.
    behind: f32,
    moved: f32,
    frames: u32,
}

impl SteadinessMeter {
    /// Notes one frame; `width` is the face's, frame pixels.
    pub(super) fn observe(&mut self, shown: Point<FramePx>, measured: Point<FramePx>, width: f32) {
        let unit = width.max(1.0);
        let now = Moment {
            shown: [shown.x / unit, shown.y / unit],
            measured: [measured.x / unit, measured.y / unit],
        };
        if let (Some(before), Some(last)) = (self.before, self.last) {
            let mut shake = 0.0;
            for axis in 0..2 {
                let bend = last.shown[axis] - f32::midpoint(before.shown[axis], now.shown[axis]);
                shake += bend * bend / GAIN / 2.0;
                let speed = (now.measured[axis] - before.measured[axis]) / 2.0;
                if speed.abs() > SLOW {
                    self.behind += (now.measured[axis] - now.shown[axis]) * speed;
                    self.moved += speed * speed;
                }
            }
            self.frames += 1;
            let part = 1.0 / OVER.min(self.frames as f32);
            self.shake += (shake - self.shake) * part;
            self.behind *= 1.0 - 1.0 / OVER;
            self.moved *= 1.0 - 1.0 / OVER;
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
            meter.observe(Point::new(shown, 0.0), Point::new(measured, 0.0), 100.0);
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
