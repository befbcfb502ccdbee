//! [`RecordError`]: why nothing is recorded, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A recording could not be started, or ended early. What was written before stays playable.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The name does not end in `.mp4`.
    #[error("{0} cannot be recorded: clips are MP4 files; choose a name that ends in .mp4")]
    NotMp4(PathBuf),
    /// A file of this name is there.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// A folder of this name is there.
    #[error("{0} is a folder; name a file in it")]
    IsFolder(PathBuf),
    /// The folder is missing.
    #[error("{path} cannot be recorded: the folder {folder} does not exist; make it first")]
    NoFolder {
        /// Which file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The folder or the file is read-only.
    #[error("{0} cannot be recorded: it may not be written there; choose another folder")]
    ReadOnly(PathBuf),
    /// The disk is full.
    #[error(
        "the disk is full: {path} was closed; what was written before stays playable; free some \
         space or choose another disk"
    )]
    Full {
        /// Which file.
        path: PathBuf,
    },
    /// The system failed while writing.
    #[error("{path} could not be written: {why}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// The encoder failed.
    #[error("the H.264 encoder failed ({why}); {path} was closed")]
    Encoder {
        /// Which file.
        path: PathBuf,
        /// What it said.
        why: String,
    },
    /// Nothing was recorded before the end.
    #[error("no frame came while {0} was being recorded; nothing was kept")]
    NoFrames(PathBuf),
}

impl RecordError {
    /// What `why` means for writing `path`.
    pub(crate) fn from_writing(path: &Path, why: io::Error) -> Self {
        let path = path.to_path_buf();
        match why.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists(path),
            io::ErrorKind::IsADirectory => Self::IsFolder(path),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder {
                folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
                path,
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly(path)
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { path },
            _ => Self::Write { path, why },
        }
    }
}
