//! [`CaptureError`]: failures of frame sources, with advice for the user.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::pictures::PictureError;

/// A source could not be opened, or failed. Every message names the source, the failure and a
/// remedy.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The path does not exist.
    #[error("{0} does not exist; check the path")]
    Missing(PathBuf),
    /// The path is a pipe or a device.
    #[error("{0} is neither a file nor a folder; name a clip, a picture or a folder of pictures")]
    NotAFile(PathBuf),
    /// Permission denied for the file or folder.
    #[error("{0} may not be opened (permission denied); change its permissions or choose another")]
    Denied(PathBuf),
    /// The file is empty.
    #[error("{0} is empty (0 bytes); choose another file")]
    Empty(PathBuf),
    /// The folder contains no picture.
    #[error("{0} holds no pictures; name a folder with PNG, JPEG, WebP, BMP or TIFF files")]
    NoPictures(PathBuf),
    /// A picture is unreadable.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The file is not a clip.
    #[error("{path} is neither a picture nor a clip that can be read ({why})")]
    NotAClip {
        /// Path of the file.
        path: PathBuf,
        /// The reader's message.
        why: String,
    },
    /// The clip may be valid, but only ffmpeg can read it.
    #[error(
        "{path} cannot be read without ffmpeg ({why}); install ffmpeg (apt install ffmpeg), or \
         convert the clip to MP4 with H.264"
    )]
    NeedsFfmpeg {
        /// Path of the file.
        path: PathBuf,
        /// The unsupported feature.
        why: String,
    },
    /// The file contains only sound or text, or no frame.
    #[error("{0} holds no pictures to play; choose a clip with video")]
    NoFrames(String),
    /// The clip is damaged or truncated.
    #[error("{name} is damaged or cut off after {frames} frames ({why})")]
    Broken {
        /// Name of the clip.
        name: String,
        /// Frames read before the failure.
        frames: u64,
        /// The decoder's message.
        why: String,
    },
    /// The reader stopped responding.
    #[error("{name} gave no frame for {} s; the file or its disk may be stuck", .after.as_secs_f32())]
    Stalled {
        /// Name of the clip.
        name: String,
        /// Time waited.
        after: Duration,
    },
    /// The system failed to read the file.
    #[error("{path} could not be read: {why}")]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The system's error.
        why: io::Error,
    },
    /// ffmpeg or a thread failed to start.
    #[error("{what} could not be started: {why}")]
    Start {
        /// Name of the program or thread.
        what: String,
        /// The system's error.
        why: io::Error,
    },
    /// There is no camera, or not the requested one.
    #[error("{wanted} was not found ({present}); plug it in, or see `vizard cameras`")]
    NoCamera {
        /// The requested camera.
        wanted: String,
        /// The available cameras.
        present: String,
    },
    /// No camera was requested, and none delivers pictures. Contains the failure of each.
    #[error("{}", none_readable(.0))]
    NoneReadable(Vec<String>),
    /// Another program uses the camera.
    #[error("{0} is in use by another program; close that program and try again")]
    CameraBusy(String),
    /// Permission denied for the camera.
    #[error("{0} may not be opened (permission denied); add yourself to the group `video`")]
    CameraDenied(String),
    /// The camera was unplugged.
    #[error("{0} was unplugged; plug it in again")]
    CameraGone(String),
    /// The device is not a supported camera.
    #[error("{name} is not used: {why}; use another camera")]
    CameraUnusable {
        /// Name of the device.
        name: String,
        /// The kind of the device or of its data.
        why: String,
    },
    /// A virtual camera without a program that supplies pictures.
    #[error(
        "{0} is a virtual camera and nobody feeds it; start the program that sends its pictures"
    )]
    CameraUnfed(String),
    /// The stream failed with an input/output error.
    #[error(
        "{0} broke off (input/output error); if it does not come back, unplug it and plug it in again"
    )]
    CameraBrokeOff(String),
    /// The USB bus has too little bandwidth left.
    #[error(
        "{0} finds no room on its USB bus; plug it into another socket, or ask for a smaller size"
    )]
    CameraBandwidth(String),
    /// The camera did not respond.
    #[error("{name} did not answer for {} s; unplug it and plug it in again", .after.as_secs_f32())]
    CameraSilent {
        /// Name of the camera.
        name: String,
        /// Time waited.
        after: Duration,
    },
    /// Too many threads hang in the camera's driver.
    #[error("{0} hangs again and again; unplug it, plug it in and start Vizard anew")]
    CameraHangs(String),
    /// Any other camera failure.
    #[error("{name} failed: {why}")]
    Camera {
        /// Name of the camera.
        name: String,
        /// The driver's message.
        why: String,
    },
    /// This build has no camera support.
    #[error(
        "this build of Vizard has no camera support; build it with `--features camera`, or play a \
         file with `--input FILE`"
    )]
    NoCameraSupport,
}

/// Joins the failures to one message; a single failure stays as it is.
fn none_readable(troubles: &[String]) -> String {
    match troubles {
        [] => "no camera is here; plug one in, or play a file with `--input FILE`".into(),
        [one] => one.clone(),
        several => format!("no camera can be read. {}", several.join(". ")),
    }
}

impl CaptureError {
    /// Maps a system error of the camera `name` to a capture error.
    #[cfg_attr(
        not(all(feature = "camera", target_os = "linux")),
        expect(
            dead_code,
            reason = "only Linux tells of a camera's trouble by a number"
        )
    )]
    pub(crate) fn of_camera(name: &str, error: &io::Error) -> Self {
        // Error numbers of Linux, equal on all processors.
        const ENXIO: i32 = 6;
        const EIO: i32 = 5;
        const ENODEV: i32 = 19;
        const ESHUTDOWN: i32 = 108;
        let name = name.to_owned();
        match (error.kind(), error.raw_os_error()) {
            (io::ErrorKind::ResourceBusy, _) => Self::CameraBusy(name),
            (io::ErrorKind::PermissionDenied, _) => Self::CameraDenied(name),
            (io::ErrorKind::NotFound, _) | (_, Some(ENODEV | ENXIO | ESHUTDOWN)) => {
                Self::CameraGone(name)
            }
            (io::ErrorKind::StorageFull, _) => Self::CameraBandwidth(name),
            (_, Some(EIO)) => Self::CameraBrokeOff(name),
            (_, code) => Self::Camera {
                name,
                why: code.map_or_else(
                    || "its driver gave a wrong answer".into(),
                    |code| format!("its driver refused (error {code} of the system)"),
                ),
            },
        }
    }

    /// Maps a system error from reading `path` to a capture error.
    pub(crate) fn from_reading(path: &Path, why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing(path.into()),
            io::ErrorKind::PermissionDenied => Self::Denied(path.into()),
            _ => Self::Read {
                path: path.into(),
                why,
            },
        }
    }
}
