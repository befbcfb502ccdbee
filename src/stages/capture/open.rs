//! [`open_file`]: a path → the source that can read it, chosen by content, not by name.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use crate::pictures::Limits;
use crate::stages::capture::FrameSource;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::still::Stills;

/// How files are read.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Bounds of pictures and of clip frames; larger frames are scaled down to `max_side`.
    pub limits: Limits,
    /// Frames a second that are said of a picture or folder of pictures.
    pub stills_fps: f32,
    /// Whether ffmpeg is used where it is installed. Without it, MP4 with H.264 is read.
    pub use_ffmpeg: bool,
    /// How long a reader may say nothing before it is given up.
    pub stall: Duration,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            stills_fps: 30.0,
            use_ffmpeg: true,
            stall: Duration::from_secs(20),
        }
    }
}

/// Opens the clip, picture or folder of pictures at `path`.
pub fn open_file(path: &Path, options: &FileOptions) -> Result<Box<dyn FrameSource>, CaptureError> {
    let about = fs::metadata(path).map_err(|why| CaptureError::from_reading(path, why))?;
    if about.is_dir() {
        let stills = Stills::of_folder(path, options.limits, options.stills_fps)?;
        return Ok(Box::new(stills));
    }
    if !about.is_file() {
        // A pipe would block for ever.
        return Err(CaptureError::NotAFile(path.into()));
    }
    match kind_of(path)? {
        Kind::Picture => Ok(Box::new(Stills::of_file(
            path,
            options.limits,
            options.stills_fps,
        )?)),
        Kind::Gif | Kind::Other => Err(CaptureError::NotAClip {
            path: path.into(),
            why: "not yet".into(),
        }),
    }
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture,
    Gif,
    Other,
}

fn kind_of(path: &Path) -> Result<Kind, CaptureError> {
    let failed = |why| CaptureError::from_reading(path, why);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(64).read_to_end(&mut start).map_err(failed)?;
    if start.is_empty() {
        return Err(CaptureError::Empty(path.into()));
    }
    Ok(match image::guess_format(&start) {
        Ok(image::ImageFormat::Gif) => Kind::Gif,
        Ok(format) if format.reading_enabled() => Kind::Picture,
        _ => Kind::Other,
    })
}
