//! [`Synthetic`]: a drawn face that moves over a gradient, deterministic.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Duration of one orbit of the face, seconds.
const ROUND_SECS: f32 = 4.0;

/// A cartoon face on a circular path over a gradient. Pixels depend only on the frame number and the
/// size.
#[derive(Debug, Clone)]
pub struct Synthetic {
    size: Size,
    frames: Option<u64>,
    fps: f32,
    at: u64,
}

impl Synthetic {
    /// Creates `frames` frames (endless if `None`) of `size`, `fps` per second.
    pub fn new(size: Size, frames: Option<u64>, fps: f32) -> Self {
        Self {
            size: Size::new(size.width.max(1), size.height.max(1)),
            frames,
            fps: fps.max(0.1),
            at: 0,
        }
    }
}

impl FrameSource for Synthetic {
    fn next(&mut self, _limit: Duration) -> Result<Polled, CaptureError> {
        if self.frames.is_some_and(|frames| self.at >= frames) {
            return Ok(Polled::Ended);
        }
        let secs = self.at as f64 / f64::from(self.fps);
        self.at += 1;
        Ok(Polled::Frame(SourceFrame {
            picture: scene(self.size, secs as f32),
            shown_at: FrameTime(Duration::from_secs_f64(secs)),
        }))
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            what: format!("synthetic scene, {}", self.size),
            size: Some(self.size),
            fps: Some(self.fps),
            frames: self.frames,
            live: false,
        }
    }
}

/// Returns the scene at a time in seconds: a gradient, a face, two eyes, a mouth.
pub fn scene(size: Size, secs: f32) -> Picture {
    let (width, height) = (size.width as f32, size.height as f32);
    let turn = secs / ROUND_SECS * std::f32::consts::TAU;
    let radius = 0.22 * width.min(height);
    let centre = (
        width * (0.5 + 0.18 * turn.cos()),
        height * (0.5 + 0.12 * turn.sin()),
    );
    let mut picture = Picture::filled(size, [0, 0, 0, 255]);
    let row_bytes = size.width as usize * 4;
    for (y, row) in picture.rgba_mut().chunks_exact_mut(row_bytes).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let (u, v) = (x as f32 / width, y as f32 / height);
            let in_face = (
                (x as f32 + 0.5 - centre.0) / radius,
                (y as f32 + 0.5 - centre.1) / radius,
            );
            let background = [60.0 + 90.0 * u, 80.0 + 60.0 * v, 150.0 - 50.0 * u];
            let colour = face_colour(in_face.0, in_face.1).unwrap_or(background);
            for (to, from) in pixel.iter_mut().zip(colour) {
                *to = from as u8;
            }
        }
    }
    picture
}

/// Returns the face's colour at a point in units of its radius, nose at the origin; `None` outside.
fn face_colour(x: f32, y: f32) -> Option<[f32; 3]> {
    let inside = |cx: f32, cy: f32, rx: f32, ry: f32| {
        let (dx, dy) = ((x - cx) / rx, (y - cy) / ry);
        dx * dx + dy * dy < 1.0
    };
    if !inside(0.0, 0.0, 1.0, 1.3) {
        return None;
    }
    if inside(-0.38, -0.3, 0.09, 0.09) || inside(0.38, -0.3, 0.09, 0.09) {
        Some([40.0, 30.0, 30.0])
    } else if inside(-0.38, -0.3, 0.2, 0.13) || inside(0.38, -0.3, 0.2, 0.13) {
        Some([245.0, 245.0, 245.0])
    } else if inside(0.0, 0.62, 0.36, 0.12) {
        Some([170.0, 60.0, 70.0])
    } else if y < -0.75 {
        Some([90.0, 60.0, 40.0])
    } else {
        let shade = 1.0 - 0.15 * (x * x + y * y);
        Some([224.0 * shade, 178.0 * shade, 150.0 * shade])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scene_moves_and_is_the_same_at_every_run() {
        let size = Size::new(64, 48);
        let play = || {
            let mut source = Synthetic::new(size, Some(3), 10.0);
            std::iter::from_fn(move || match source.next(Duration::ZERO) {
                Ok(Polled::Frame(frame)) => Some(frame),
                _ => None,
            })
            .collect::<Vec<_>>()
        };

        let (first, second) = (play(), play());

        assert_eq!(first, second);
        assert_eq!(first.len(), 3);
        assert_ne!(first[0].picture, first[2].picture);
        assert_eq!(first[2].shown_at.0, Duration::from_millis(200));
    }
}
