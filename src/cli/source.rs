//! Which source a command reads: a camera, a file, or the built-in demo.

use std::path::Path;

use crate::cli::options::ShapeArguments;
use crate::stages::capture::{
    CaptureError, FileOptions, FrameSource, Looping, Reshaped, open_file, open_mp4_bytes,
};

/// Six seconds of a public-domain face under a simulated hand-held camera; see `assets/README.md`.
const DEMO: &[u8] = include_bytes!("../../assets/demo.mp4");

/// The built-in demo clip, once.
pub(super) fn demo() -> Result<Box<dyn FrameSource>, CaptureError> {
    open_mp4_bytes("the demo clip", DEMO)
}

/// The built-in demo clip, again and again.
pub(super) fn endless_demo() -> Result<Box<dyn FrameSource>, CaptureError> {
    Ok(Box::new(Looping::new(demo)?))
}

/// The file at `path`, its frames no larger and no more often than asked.
pub(super) fn file(
    path: &Path,
    shape: &ShapeArguments,
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let source = open_file(path, &FileOptions::default())?;
    Ok(Box::new(Reshaped::new(source, shape.size, shape.fps)))
}
