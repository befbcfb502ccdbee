//! [`RecordError`]: why nothing is recorded, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A recording could not be started, or ended early. What was written before plays, and the message
/// says where it lies.
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
        "the disk is full: {path} is not finished; {}; free some space or choose another disk",
        left(kept.as_deref())
    )]
    Full {
        /// Which file.
        path: PathBuf,
        /// Where what was written before lies.
        kept: Option<PathBuf>,
    },
    /// The system failed while writing.
    #[error("{path} could not be written ({why}); {}", left(kept.as_deref()))]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
        /// Where what was written before lies.
        kept: Option<PathBuf>,
    },
    /// The encoder failed.
    #[error("the H.264 encoder failed ({why}): {path} is not finished; {}", left(kept.as_deref()))]
    Encoder {
        /// Which file.
        path: PathBuf,
        /// What it said.
        why: String,
        /// Where what was written before lies.
        kept: Option<PathBuf>,
    },
    /// Nothing was recorded before the end.
    #[error("no frame came while {0} was being recorded; nothing was kept")]
    NoFrames(PathBuf),
}

/// Whether the folder of `path` is there: some file systems, such as /proc, take no new files.
fn has_folder(path: &Path) -> bool {
    path.parent()
        .is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// What is left of a recording, in words.
fn left(kept: Option<&Path>) -> String {
    kept.map_or_else(
        || "nothing was recorded".into(),
        |kept| format!("what was recorded before plays as {}", kept.display()),
    )
}

impl RecordError {
    /// What `why` means for writing `path`.
    pub(crate) fn from_writing(path: &Path, kept: Option<PathBuf>, why: io::Error) -> Self {
        let path = path.to_path_buf();
        match why.kind() {
            io::ErrorKind::AlreadyExists if kept.is_some() => Self::Write { path, why, kept },
            io::ErrorKind::AlreadyExists => Self::Exists(path),
            io::ErrorKind::IsADirectory => Self::IsFolder(path),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !has_folder(&path) => {
                Self::NoFolder {
                    folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
                    path,
                }
            }
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { path, kept },
            _ => Self::Write { path, why, kept },
        }
    }
}
