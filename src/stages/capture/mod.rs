//! Frame sources: a camera, a clip, a picture, a folder of pictures, a synthetic scene.
//!
//! Every source is a [`FrameSource`]. A request for the next frame has a time limit, which the source
//! hardly exceeds; a stop is therefore always quick. The caller numbers the frames and records their
//! arrival times.

use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};

// Options for files.
mod options;

// Selection of a source for a path.
mod open;

// One picture, or a folder of pictures.
mod still;

// Animated GIFs.
mod gif;

// Clips through ffmpeg.
mod ffmpeg;

// Clips without ffmpeg.
mod mp4;

// A deterministic synthetic scene.
pub mod synthetic;

// Repetition of a source, and real-time playback.
mod play;

// Camera selection and enumeration.
mod camera;

// The camera interface, common to all builds.
mod open_camera;

// A camera on a separate thread.
mod watch;

// Webcams on Linux.
#[cfg(all(feature = "camera", target_os = "linux"))]
mod video4linux;

// Webcams on other systems.
#[cfg(all(feature = "camera", not(target_os = "linux")))]
mod webcam;

// Reduction of frame size and frame rate.
mod reshape;

// Errors with advice for the user.
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

/// One picture of a source with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFrame {
    /// The pixels; alpha is 255 everywhere.
    pub picture: Picture,
    /// Display time on the source's clock: for a clip, the presentation time relative to its first frame;
    /// for a camera, the capture time on the clock given on opening.
    pub shown_at: FrameTime,
}

/// The result of a request for a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// The next frame.
    Frame(SourceFrame),
    /// No frame arrived in time; the caller may ask again.
    Waiting,
    /// A camera stopped. Reported once; further requests make the source reconnect.
    Lost {
        /// The failure in plain words.
        why: String,
    },
    /// The end of a file; permanent.
    Ended,
}

/// Properties of a source, as far as they are known before its end.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// Display name: the camera's name and format, or the file's path.
    pub what: String,
    /// Size of the (first) frames, pixels.
    pub size: Option<Size>,
    /// Nominal frames per second; a camera's value is unreliable.
    pub fps: Option<f32>,
    /// Total number of frames.
    pub frames: Option<u64>,
    /// Whether frames arrive in real time.
    pub live: bool,
}

/// An ordered source of frames.
pub trait FrameSource: Send {
    /// Returns the next frame after at most about `limit`. Decoding a frame of a file may take a few
    /// milliseconds more. After an error the source has ended.
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError>;

    /// Returns the known properties of the source.
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
