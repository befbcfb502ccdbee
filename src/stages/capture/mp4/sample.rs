//! [`Sample`]: one coded frame. [`Mp4Error`]: reader errors.

use std::io;

/// The reason why a file cannot be read.
#[derive(Debug)]
pub(crate) enum Mp4Error {
    /// System error.
    Read(io::Error),
    /// The file is damaged, truncated, or not MP4.
    Broken(String),
    /// The file is valid, but this reader does not support it.
    Unsupported(String),
    /// The file has no video, or no frame.
    NoFrames,
}

impl From<io::Error> for Mp4Error {
    fn from(why: io::Error) -> Self {
        Self::Read(why)
    }
}

pub(crate) fn broken(why: &str) -> Mp4Error {
    Mp4Error::Broken(why.to_owned())
}

/// One coded frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Byte offset in the file.
    pub(crate) offset: u64,
    /// Size in bytes.
    pub(crate) bytes: u32,
    /// Display time in ticks of the track.
    pub(crate) shown: i64,
}
