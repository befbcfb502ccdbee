//! [`FileOptions`]: options for reading files.

use std::path::PathBuf;
use std::time::Duration;

use crate::pictures::Limits;

/// Options for reading files.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Limits for pictures and clip frames; larger frames are scaled down to `max_side`.
    pub limits: Limits,
    /// Nominal frames per second of a picture or a folder of pictures.
    pub stills_fps: f32,
    /// Whether to use an installed ffmpeg. Otherwise MP4 with H.264 is supported.
    pub use_ffmpeg: bool,
    /// Name or path of ffmpeg.
    pub ffmpeg: PathBuf,
    /// Name or path of ffprobe.
    pub ffprobe: PathBuf,
    /// Longest silence of a reader before it counts as stalled.
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
