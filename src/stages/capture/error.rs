//! [`CaptureError`]: why no frames come from a source, and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::pictures::PictureError;

/// A source could not be opened, or broke. Every message names it, says what happened and what
/// to do.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// Nothing lies at the path.
    #[error("{0} does not exist; check the path")]
    Missing(PathBuf),
    /// A pipe or a device lies at the path.
    #[error("{0} is neither a file nor a folder; name a clip, a picture or a folder of pictures")]
    NotAFile(PathBuf),
    /// The file or folder may not be opened.
    #[error("{0} may not be opened (permission denied); change its permissions or choose another")]
    Denied(PathBuf),
    /// The file has no bytes.
    #[error("{0} is empty (0 bytes); choose another file")]
    Empty(PathBuf),
    /// No picture lies in the folder.
    #[error("{0} holds no pictures; name a folder with PNG, JPEG, WebP, BMP or TIFF files")]
    NoPictures(PathBuf),
    /// A picture is not readable.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The file is no clip.
    #[error("{path} is neither a picture nor a clip that can be read ({why})")]
    NotAClip {
        /// Which file.
        path: PathBuf,
        /// What the reader said.
        why: String,
    },
    /// The clip may be fine, but only ffmpeg could read it.
    #[error(
        "{path} cannot be read without ffmpeg ({why}); install ffmpeg (apt install ffmpeg), or \
         convert the clip to MP4 with H.264"
    )]
    NeedsFfmpeg {
        /// Which file.
        path: PathBuf,
        /// What the built-in reader lacks.
        why: String,
    },
    /// The file holds sound or text only, or no frame at all.
    #[error("{0} holds no pictures to play; choose a clip with video")]
    NoFrames(String),
    /// The clip is damaged or cut off.
    #[error("{name} is damaged or cut off after {frames} frames ({why})")]
    Broken {
        /// Which clip.
        name: String,
        /// Frames that were read before.
        frames: u64,
        /// What the decoder said.
        why: String,
    },
    /// The reader stopped without a word.
    #[error("{name} gave no frame for {} s; the file or its disk may be stuck", .after.as_secs_f32())]
    Stalled {
        /// Which clip.
        name: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The file could not be read by the system.
    #[error("{path} could not be read: {why}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// ffmpeg or a thread could not be started.
    #[error("{what} could not be started: {why}")]
    Start {
        /// What.
        what: String,
        /// What the system said.
        why: io::Error,
    },
    /// No camera is there, or not the one that was asked for.
    #[error("{wanted} was not found ({present}); plug it in, or see `vizard cameras`")]
    NoCamera {
        /// What was asked for.
        wanted: String,
        /// What is there.
        present: String,
    },
    /// No camera was named, and none delivers pictures: what each one's trouble is.
    #[error("{}", none_readable(.0))]
    NoneReadable(Vec<String>),
    /// Another program has the camera.
    #[error("{0} is in use by another program; close that program and try again")]
    CameraBusy(String),
    /// The camera may not be opened.
    #[error("{0} may not be opened (permission denied); add yourself to the group `video`")]
    CameraDenied(String),
    /// The camera was pulled out.
    #[error("{0} was unplugged; plug it in again")]
    CameraGone(String),
    /// The device is no camera whose pictures are read.
    #[error("{name} is not used: {why}; use another camera")]
    CameraUnusable {
        /// Which device.
        name: String,
        /// What it is, or sends.
        why: String,
    },
    /// A virtual camera without a program that sends pictures to it.
    #[error(
        "{0} is a virtual camera and nobody feeds it; start the program that sends its pictures"
    )]
    CameraUnfed(String),
    /// The stream broke off with an input/output error.
    #[error(
        "{0} broke off (input/output error); if it does not come back, unplug it and plug it in again"
    )]
    CameraBrokeOff(String),
    /// The USB bus is full.
    #[error(
        "{0} finds no room on its USB bus; plug it into another socket, or ask for a smaller size"
    )]
    CameraBandwidth(String),
    /// The camera did not answer.
    #[error("{name} did not answer for {} s; unplug it and plug it in again", .after.as_secs_f32())]
    CameraSilent {
        /// Which camera.
        name: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// Too many threads hang in the camera's driver.
    #[error("{0} hangs again and again; unplug it, plug it in and start Vizard anew")]
    CameraHangs(String),
    /// Any other trouble with the camera.
    #[error("{name} failed: {why}")]
    Camera {
        /// Which camera.
        name: String,
        /// What the driver said.
        why: String,
    },
    /// This build has no camera support.
    #[error(
        "this build of Vizard has no camera support; build it with `--features camera`, or play a \
         file with `--input FILE`"
    )]
    NoCameraSupport,
}

/// One trouble is told as it is.
fn none_readable(troubles: &[String]) -> String {
    match troubles {
        [] => "no camera is here; plug one in, or play a file with `--input FILE`".into(),
        [one] => one.clone(),
        several => format!("no camera can be read. {}", several.join(". ")),
    }
}

impl CaptureError {
    /// What an error of the system means for the camera called `name`.
    #[cfg_attr(
        not(all(feature = "camera", target_os = "linux")),
        expect(
            dead_code,
            reason = "only Linux tells of a camera's trouble by a number"
        )
    )]
    pub(crate) fn of_camera(name: &str, error: &io::Error) -> Self {
        // The numbers of Linux, the same on all processors.
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

    /// What `why` means for reading `path`.
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
