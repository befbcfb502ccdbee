//! [`Sample`]: one coded frame. [`Mp4Error`]: why a file is not read.

use std::io;

/// Why a file is not read.
#[derive(Debug)]
pub(crate) enum Mp4Error {
    /// The system failed.
    Read(io::Error),
    /// Damaged, cut off, or no MP4 at all.
    Broken(String),
    /// In order, but not for this reader.
    Unsupported(String),
    /// There is no video, or not one frame.
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
    /// Place of its bytes in the file.
    pub(crate) offset: u64,
    /// Number of its bytes.
    pub(crate) bytes: u32,
    /// When it is shown, in ticks of the track.
    pub(crate) shown: i64,
}
