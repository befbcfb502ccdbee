//! Which camera, and what is there: the door to [`WatchedCamera`] that is the same in every build.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::domain::frame::Size;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
#[cfg(all(feature = "camera", target_os = "linux"))]
use crate::stages::capture::video4linux as system;
use crate::stages::capture::watch::{CameraLimits, WatchedCamera};
#[cfg(all(feature = "camera", not(target_os = "linux")))]
use crate::stages::capture::webcam as system;

/// The formats that are read, by the system's names, the preferred one first.
pub const READABLE: [&str; 12] = [
    "MJPG", "JPEG", "YUYV", "UYVY", "YVYU", "VYUY", "NV12", "NV21", "YU12", "YV12", "RGB3", "BGR3",
];

/// A camera is tried this long before the next one is, where none was named.
#[cfg(feature = "camera")]
const TRIED_FOR: Duration = Duration::from_secs(4);

/// A camera by its number, by a part of its name in any case, or by a path that leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichCamera {
    /// The first one that can be read.
    Any,
    /// The number of the system: 0 is `/dev/video0`.
    Number(u32),
    /// A part of its name.
    Named(String),
    /// A device file, or a link to it, for example in `/dev/v4l/by-id`.
    Path(PathBuf),
}

impl FromStr for WhichCamera {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let number = text.strip_prefix("/dev/video").unwrap_or(text);
        Ok(match number.parse() {
            Ok(number) => Self::Number(number),
            Err(_) if Path::new(text).is_absolute() => Self::Path(text.into()),
            Err(_) => Self::Named(text.to_owned()),
        })
    }
}

impl fmt::Display for WhichCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("a camera"),
            Self::Number(number) => write!(f, "camera {number}"),
            Self::Named(name) => write!(f, "camera \"{name}\""),
            Self::Path(path) => write!(f, "camera {}", path.display()),
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
            which: WhichCamera::Any,
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
    /// Where it is plugged in, where the system tells.
    pub bus: Option<String>,
    /// What it offers, for example `MJPG 1280x720`; empty where the system does not tell.
    pub formats: Vec<String>,
    /// Why it is not used, where that is so.
    pub trouble: Option<String>,
}

/// Opens a camera and waits for it, `limits.open` at most. Where none was named, each one is tried
/// until one delivers a picture.
#[cfg(feature = "camera")]
pub fn open_camera(
    wish: &CameraWish,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    if wish.which != WhichCamera::Any {
        return start_camera(wish, limits, clock)?.opened();
    }
    let mut troubles = Vec::new();
    let mut usable = Vec::new();
    for camera in system::list_within(limits.open)? {
        match camera.trouble {
            Some(trouble) => troubles.push(trouble),
            None => usable.push(camera.number),
        }
    }
    let tried = CameraLimits {
        open: limits.open.min(TRIED_FOR),
        ..limits
    };
    for number in &usable {
        let limits = if usable.len() > 1 { tried } else { limits };
        let wish = CameraWish {
            which: WhichCamera::Number(*number),
            ..wish.clone()
        };
        match start_camera(&wish, limits, clock.clone())?.showing() {
            Ok(camera) => return Ok(camera),
            Err(error) => {
                tracing::info!(%error, number, "camera passed over");
                troubles.push(error.to_string());
            }
        }
    }
    Err(CaptureError::NoneReadable(troubles))
}

/// Says that this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn open_camera(
    _wish: &CameraWish,
    _limits: CameraLimits,
    _clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}

/// Begins to open a camera and comes back at once; frames, or the trouble, come from
/// [`FrameSource::next`](crate::stages::capture::FrameSource::next).
#[cfg(feature = "camera")]
pub fn start_camera(
    wish: &CameraWish,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    let driver = system::driver(wish, clock.clone());
    Ok(WatchedCamera::start(driver, limits, clock))
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
    system::list_within(limit)
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
    fn a_camera_is_named_by_number_device_file_stable_name_or_name() {
        let which = |text: &str| text.parse::<WhichCamera>();

        assert_eq!(which("2"), Ok(WhichCamera::Number(2)));
        assert_eq!(which("/dev/video3"), Ok(WhichCamera::Number(3)));
        assert_eq!(which("C920"), Ok(WhichCamera::Named("C920".into())));
        let stable = "/dev/v4l/by-id/usb-Foo-video-index0";
        assert_eq!(which(stable), Ok(WhichCamera::Path(stable.into())));
        assert_eq!(
            which("/dev/video_front"),
            Ok(WhichCamera::Path("/dev/video_front".into()))
        );
    }
}
