//! Which camera, and what is there: the door to [`WatchedCamera`] that is the same in every build.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::frame::Size;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::watch::{CameraLimits, WatchedCamera};
#[cfg(feature = "camera")]
use crate::stages::capture::webcam;

/// The formats that are read, by the system's names, in the order in which they are tried.
pub const READABLE: [&str; 3] = ["MJPG", "YUYV", "NV12"];

/// A camera by its number, or by a part of its name in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichCamera {
    /// The number of the system: 0 is `/dev/video0`.
    Number(u32),
    /// A part of its name.
    Named(String),
}

impl FromStr for WhichCamera {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let number = text.strip_prefix("/dev/video").unwrap_or(text).parse();
        Ok(number.map_or_else(|_| Self::Named(text.to_owned()), Self::Number))
    }
}

impl fmt::Display for WhichCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "camera {number}"),
            Self::Named(name) => write!(f, "camera \"{name}\""),
        }
    }
}

/// What is wanted of a camera; the nearest that it offers is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraWish {
    /// Which.
    pub which: WhichCamera,
    /// Size of the frames.
    pub size: Size,
    /// Frames a second.
    pub fps: u32,
}

impl Default for CameraWish {
    fn default() -> Self {
        Self {
            which: WhichCamera::Number(0),
            size: Size::new(1280, 720),
            fps: 30,
        }
    }
}

/// A camera that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CameraInfo {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its device file, where the system has such.
    pub path: Option<PathBuf>,
    /// What it offers, for example `MJPG 1280x720`; empty where the system does not tell.
    pub formats: Vec<String>,
    /// Why it cannot be asked, where that is so.
    pub trouble: Option<String>,
}

/// Opens a camera and waits for it, `limits.open` at most.
pub fn open_camera(
    wish: &CameraWish,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    start_camera(wish, limits, clock)?.opened()
}

/// Begins to open a camera and comes back at once; frames, or the trouble, come from
/// [`FrameSource::next`](crate::stages::capture::FrameSource::next).
#[cfg(feature = "camera")]
pub fn start_camera(
    wish: &CameraWish,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    Ok(WatchedCamera::start(webcam::driver(wish), limits, clock))
}

/// Says that this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn start_camera(
    _wish: &CameraWish,
    _limits: CameraLimits,
    _clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}

/// The cameras that are there, asked for `limit` at most.
#[cfg(feature = "camera")]
pub fn cameras(limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    webcam::list_within(limit)
}

/// Says that this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn cameras(_limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_by_number_device_file_or_name() {
        let which = |text: &str| text.parse::<WhichCamera>();

        assert_eq!(which("2"), Ok(WhichCamera::Number(2)));
        assert_eq!(which("/dev/video3"), Ok(WhichCamera::Number(3)));
        assert_eq!(which("C920"), Ok(WhichCamera::Named("C920".into())));
    }
}
