//! [`PictureError`]: failures of reading and writing pictures, with advice for the user.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::frame::Size;

/// A picture could not be read or written. Every message names the picture, the failure and a
/// remedy.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The path does not exist.
    #[error("{0} does not exist; check the path")]
    Missing(PathBuf),
    /// The path is a folder, a pipe or a device.
    #[error("{0} is not a file; name a picture file")]
    NotAFile(PathBuf),
    /// Permission denied.
    #[error("{0} may not be opened (permission denied); change its permissions or choose another")]
    Denied(PathBuf),
    /// The file is empty.
    #[error("{0} is empty (0 bytes); choose another picture")]
    Empty(String),
    /// The format is unknown.
    #[error("{0} is not a picture that can be read; use a PNG, JPEG, WebP, GIF, BMP or TIFF file")]
    NotAPicture(String),
    /// The format is known, but the content is truncated or damaged.
    #[error("{name} is damaged or cut off ({why}); choose another picture or fetch it again")]
    Broken {
        /// Name of the picture.
        name: String,
        /// The decoder's message.
        why: String,
    },
    /// The picture exceeds the pixel limit.
    #[error("{name} is too large: {size} pixels; scale it below {megapixels} megapixels")]
    TooManyPixels {
        /// Name of the picture.
        name: String,
        /// Its size.
        size: Size,
        /// The limit, in megapixels.
        megapixels: u64,
    },
    /// The picture exceeds the byte limit, in the file or decoded.
    #[error("{name} is too large to be decoded; save it smaller or with 8 bits a channel")]
    TooManyBytes {
        /// Name of the picture.
        name: String,
    },
    /// The system failed to read.
    #[error("{path} could not be read: {why}")]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The system's error.
        why: io::Error,
    },
    /// A file that must be new already exists.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// The output file's folder does not exist.
    #[error("{path} cannot be written: the folder {folder} does not exist; make it first")]
    NoFolder {
        /// Path of the file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The output file's folder is read-only.
    #[error("{0} cannot be written: its folder is read-only; choose another folder")]
    ReadOnly(PathBuf),
    /// The disk is full.
    #[error("{0} cannot be written: the disk is full; free some space or choose another disk")]
    Full(PathBuf),
    /// The system failed to write.
    #[error("{path} could not be written: {why}")]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// The system's message.
        why: String,
    },
}

impl PictureError {
    /// Maps a system error from reading `path` to a picture error.
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

    /// Maps a system error from writing `path` to a picture error.
    pub(crate) fn from_writing(path: &Path, why: &io::Error) -> Self {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        match why.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists(path.into()),
            // Some file systems, such as /proc, reject new files.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                if !(folder.as_os_str().is_empty() || folder.is_dir()) =>
            {
                Self::NoFolder {
                    path: path.into(),
                    folder,
                }
            }
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path.into()),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path.into()),
            _ => Self::Write {
                path: path.into(),
                why: why.to_string(),
            },
        }
    }
}
