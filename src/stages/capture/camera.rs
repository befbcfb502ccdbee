//! [`WhichCamera`], [`CameraRequest`], [`CameraInfo`]: camera selection and enumeration.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::domain::frame::Size;

/// Supported pixel formats by the system's four-letter names, in order of preference.
pub const READABLE: [&str; 12] = [
    "MJPG", "JPEG", "YUYV", "UYVY", "YVYU", "VYUY", "NV12", "NV21", "YU12", "YV12", "RGB3", "BGR3",
];

/// A camera by number, by a case-insensitive part of its name, or by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichCamera {
    /// The first readable camera.
    Any,
    /// The system's number: 0 is `/dev/video0`.
    Number(u32),
    /// A part of the name.
    Named(String),
    /// A device file or a link to one, for example in `/dev/v4l/by-id`.
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

/// Requested camera mode; the camera uses the nearest mode that it offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraRequest {
    /// The camera.
    pub which: WhichCamera,
    /// Frame size, pixels.
    pub size: Size,
    /// Frames per second.
    pub fps: u32,
}

impl Default for CameraRequest {
    fn default() -> Self {
        Self {
            which: WhichCamera::Any,
            size: Size::new(1280, 720),
            fps: 30,
        }
    }
}

/// Description of an available camera.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CameraInfo {
    /// Number in the system.
    pub number: u32,
    /// Name of the device.
    pub name: String,
    /// Device file, if the system has one.
    pub path: Option<PathBuf>,
    /// Bus address, if known.
    pub bus: Option<String>,
    /// Offered formats, for example `MJPG 1280x720`; empty if unknown.
    pub formats: Vec<String>,
    /// The reason why the camera is unusable, if it is.
    pub trouble: Option<String>,
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
