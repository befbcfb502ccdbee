//! [`FileOptions`]: how files are read.

use std::path::PathBuf;
use std::time::Duration;

use crate::pictures::Limits;

/// How files are read.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Bounds of pictures and of clip frames; larger frames are scaled down to `max_side`.
    pub limits: Limits,
    /// Frames a second that are said of a picture or folder of pictures.
    pub stills_fps: f32,
    /// Whether ffmpeg is used where it is installed. Without it, MP4 with H.264 is read.
    pub use_ffmpeg: bool,
    /// Name or path of ffmpeg.
    pub ffmpeg: PathBuf,
    /// Name or path of ffprobe.
    pub ffprobe: PathBuf,
    /// How long a reader may say nothing before it is given up.
    pub stall: Duration,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            stills_fps: 30.0,
            use_ffmpeg: true,
            ffmpeg: "ffmpeg".into(),
            ffprobe: "ffprobe".into(),
            stall: Duration::from_secs(20),
        }
    }
}
