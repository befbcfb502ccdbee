//! [`PictureError`]: what happened to which picture, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::frame::Size;

/// A picture could not be read or written. Every message names the picture, says what happened
/// and what to do.
#[derive(Debug, Error)]
pub enum PictureError {
    /// Nothing lies at the path.
    #[error("{0} does not exist; check the path")]
    Missing(PathBuf),
    /// A folder, a pipe or a device lies at the path.
    #[error("{0} is not a file; name a picture file")]
    NotAFile(PathBuf),
    /// The file may not be opened.
    #[error("{0} may not be opened (permission denied); change its permissions or choose another")]
    Denied(PathBuf),
    /// The file has no bytes.
    #[error("{0} is empty (0 bytes); choose another picture")]
    Empty(String),
    /// The bytes are none of the known formats.
    #[error("{0} is not a picture that can be read; use a PNG, JPEG, WebP, GIF, BMP or TIFF file")]
    NotAPicture(String),
    /// The format is known, the content is cut off or damaged.
    #[error("{name} is damaged or cut off ({why}); choose another picture or fetch it again")]
    Broken {
        /// Which picture.
        name: String,
        /// What the decoder said.
        why: String,
    },
    /// More pixels than are decoded.
    #[error("{name} is too large: {size} pixels; scale it below {megapixels} megapixels")]
    TooManyPixels {
        /// Which picture.
        name: String,
        /// Its size.
        size: Size,
        /// The limit, in millions of pixels.
        megapixels: u64,
    },
    /// More bytes than are read, in the file or decoded.
    #[error("{name} is too large to be decoded; save it smaller or with 8 bits a channel")]
    TooManyBytes {
        /// Which picture.
        name: String,
    },
    /// The system failed while reading.
    #[error("{path} could not be read: {why}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// A file that must be new is there.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// The folder of the file to be written is missing.
    #[error("{path} cannot be written: the folder {folder} does not exist; make it first")]
    NoFolder {
        /// Which file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The folder of the file to be written is read-only.
    #[error("{0} cannot be written: its folder is read-only; choose another folder")]
    ReadOnly(PathBuf),
    /// The disk is full.
    #[error("{0} cannot be written: the disk is full; free some space or choose another disk")]
    Full(PathBuf),
    /// The system failed while writing.
    #[error("{path} could not be written: {why}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl PictureError {
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

    /// What `why` means for writing `path`.
    pub(crate) fn from_writing(path: &Path, why: &io::Error) -> Self {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        match why.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists(path.into()),
            // Some file systems, such as /proc, take no new files.
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
