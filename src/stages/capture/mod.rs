//! Frames from anywhere: a camera, a clip, a picture, a folder of pictures, a made-up scene.
//!
//! Every source is a [`FrameSource`]: it is asked for the
//! next frame with a time limit and never keeps its caller much longer than that, so a stop is
//! always quick. The caller numbers the frames and stamps when they came.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};

// How files are read.
mod options;

// A path → the right source.
mod open;

// One picture, or a folder of pictures.
mod still;

// An animated GIF.
mod gif;

// Clips through ffmpeg.
mod ffmpeg;

// Clips without ffmpeg.
mod mp4;

// A moving scene that is drawn, always the same.
pub mod synthetic;

// A source over and over again, or at the speed of its times.
mod play;

// Which camera, and what is there.
mod camera;

// The door to cameras that is the same in every build.
mod open_camera;

// A camera on a thread of its own.
mod watch;

// Webcams of Linux.
#[cfg(all(feature = "camera", target_os = "linux"))]
mod video4linux;

// Webcams of other systems.
#[cfg(all(feature = "camera", not(target_os = "linux")))]
mod webcam;

// A source with smaller or fewer frames.
mod reshape;

// What can go wrong, in plain sentences.
mod error;

pub use camera::{CameraInfo, CameraRequest, READABLE, WhichCamera};
pub use error::CaptureError;
pub use open::{open_file, open_mp4_bytes};
pub use open_camera::{cameras, open_camera, start_camera};
pub use options::FileOptions;
pub use play::{Looping, Paced};
pub use reshape::Reshaped;
pub use synthetic::Synthetic;
pub use watch::{CameraLimits, WatchedCamera};

/// One picture of a source and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFrame {
    /// The pixels; alpha is 255 everywhere.
    pub picture: Picture,
    /// When it is to be shown, on the source's own clock: the presentation time in a clip, counted
    /// from its first frame; the capture time of a camera, on the clock that it was opened with.
    pub shown_at: FrameTime,
}

/// What asking for a frame brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// The next frame.
    Frame(SourceFrame),
    /// None came in time; ask again.
    Waiting,
    /// A camera stopped. Told once; it is tried again by itself while it is asked on.
    Lost {
        /// What happened, in a plain sentence.
        why: String,
    },
    /// A file is over; it stays so.
    Ended,
}

/// What a source is, as far as it is known before its end.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// Name for people: the camera's name and format, or the file's path.
    pub what: String,
    /// Size of the (first) frames.
    pub size: Option<Size>,
    /// Nominal frames a second; a camera's own word, not to be trusted.
    pub fps: Option<f32>,
    /// Number of frames in all.
    pub frames: Option<u64>,
    /// Whether frames come by themselves, in real time.
    pub live: bool,
}

/// Somewhere that frames come from, in order.
pub trait FrameSource: Send {
    /// The next frame, waiting about `limit` at most. Decoding one frame of a file may take a few
    /// milliseconds more. After an error the source is over.
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError>;

    /// What is known about the source.
    fn describe(&self) -> SourceInfo;
}

impl<S: FrameSource + ?Sized> FrameSource for Box<S> {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        (**self).next(limit)
    }

    fn describe(&self) -> SourceInfo {
        (**self).describe()
    }
}
