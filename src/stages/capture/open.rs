//! [`open_file`]: opens a path with the matching source, chosen by content instead of name.

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
        // Reading a pipe could block forever.
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

/// Opens an embedded clip: MP4 with H.264. `name` is its display name.
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

/// Opens a clip with ffmpeg if it is installed, otherwise with the built-in reader.
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

/// Maps an error of the built-in reader for the clip at `path` to a capture error.
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

/// The file type according to the first bytes.
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

/// Returns whether a file has an MP4 signature.
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
