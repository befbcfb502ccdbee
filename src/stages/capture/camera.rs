//! [`WhichCamera`], [`CameraRequest`], [`CameraInfo`]: which camera is meant, and what is there.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::domain::frame::Size;

/// The formats that are read, by the system's names, the preferred one first.
pub const READABLE: [&str; 12] = [
    "MJPG", "JPEG", "YUYV", "UYVY", "YVYU", "VYUY", "NV12", "NV21", "YU12", "YV12", "RGB3", "BGR3",
];

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
pub struct CameraRequest {
    /// Which.
    pub which: WhichCamera,
    /// Size of the frames.
    pub size: Size,
    /// Frames a second.
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
