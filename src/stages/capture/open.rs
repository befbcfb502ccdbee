//! [`open_file`]: a path → the source that can read it, chosen by content, not by name.

use std::fs::{self, File};
use std::io::{Cursor, Read as _};
use std::path::Path;

use crate::pictures::Limits;
use crate::stages::capture::FrameSource;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::ffmpeg::{FfmpegClip, ProbeError};
use crate::stages::capture::gif::Gif;
use crate::stages::capture::mp4::{Bytes, Mp4Clip, Mp4Error};
use crate::stages::capture::options::FileOptions;
use crate::stages::capture::still::Stills;

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
        Kind::Picture => {
            let stills = Stills::of_file(path, options.limits, options.stills_fps)?;
            Ok(Box::new(stills))
        }
        Kind::Gif => Ok(Box::new(Gif::open(path, options)?)),
        Kind::Other if options.use_ffmpeg => open_clip(path, options),
        Kind::Other => open_mp4(path, options),
    }
}

/// Opens a clip that is part of the program: MP4 with H.264. `name` is for people.
pub fn open_mp4_bytes(
    name: &str,
    bytes: &'static [u8],
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let max_side = Limits::default().max_side;
    match Mp4Clip::open(name.into(), Bytes::Built(Cursor::new(bytes)), max_side) {
        Ok(clip) => Ok(Box::new(clip)),
        Err(error) => Err(meaning(Path::new(name), error)),
    }
}

/// Through ffmpeg where it is installed, else by our own reader.
fn open_clip(path: &Path, options: &FileOptions) -> Result<Box<dyn FrameSource>, CaptureError> {
    let error = match FfmpegClip::open(path, options) {
        Ok(clip) => return Ok(Box::new(clip?)),
        Err(error) => error,
    };
    Err(match error {
        ProbeError::NotInstalled => return open_mp4(path, options),
        ProbeError::Start(why) => CaptureError::Start {
            what: "ffprobe".into(),
            why,
        },
        ProbeError::Stalled => CaptureError::Stalled {
            name: path.display().to_string(),
            after: options.stall,
        },
        ProbeError::NotAClip(why) => CaptureError::NotAClip {
            path: path.into(),
            why,
        },
        ProbeError::NoVideo => CaptureError::NoFrames(path.display().to_string()),
    })
}

fn open_mp4(path: &Path, options: &FileOptions) -> Result<Box<dyn FrameSource>, CaptureError> {
    match Mp4Clip::open_file(path, options.limits.max_side) {
        Ok(clip) => Ok(Box::new(clip)),
        Err(Mp4Error::Broken(_)) if !is_mp4(path) => Err(CaptureError::NeedsFfmpeg {
            path: path.into(),
            why: "it is no MP4 file, if it is a clip at all".into(),
        }),
        Err(error) => Err(meaning(path, error)),
    }
}

/// What our own reader's error means for the clip at `path`.
fn meaning(path: &Path, error: Mp4Error) -> CaptureError {
    let name = path.display().to_string();
    match error {
        Mp4Error::Read(why) => CaptureError::from_reading(path, why),
        Mp4Error::Broken(why) => CaptureError::Broken {
            name,
            frames: 0,
            why,
        },
        Mp4Error::Unsupported(why) => CaptureError::NeedsFfmpeg {
            path: path.into(),
            why,
        },
        Mp4Error::NoFrames => CaptureError::NoFrames(name),
    }
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture,
    Gif,
    Other,
}

fn start_of(path: &Path) -> Result<Vec<u8>, CaptureError> {
    let failed = |why| CaptureError::from_reading(path, why);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(64).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}

/// Whether a file claims to be MP4.
fn is_mp4(path: &Path) -> bool {
    start_of(path).is_ok_and(|start| start.get(4..8) == Some(b"ftyp"))
}

fn kind_of(path: &Path) -> Result<Kind, CaptureError> {
    let start = start_of(path)?;
    if start.is_empty() {
        return Err(CaptureError::Empty(path.into()));
    }
    Ok(match image::guess_format(&start) {
        Ok(image::ImageFormat::Gif) => Kind::Gif,
        Ok(format) if format.reading_enabled() => Kind::Picture,
        _ => Kind::Other,
    })
}
