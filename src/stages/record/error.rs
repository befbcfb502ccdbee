//! [`RecordError`]: failures of recording, with advice for the user.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A recording could not start, or ended early. The part written before the failure is playable, and the
/// message states its path.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The name does not end in `.mp4`.
    #[error("{0} cannot be recorded: clips are MP4 files; choose a name that ends in .mp4")]
    NotMp4(PathBuf),
    /// A file with this name exists.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// A folder with this name exists.
    #[error("{0} is a folder; name a file in it")]
    IsFolder(PathBuf),
    /// The folder does not exist.
    #[error("{path} cannot be recorded: the folder {folder} does not exist; make it first")]
    NoFolder {
        /// Path of the file.
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
        /// Path of the file.
        path: PathBuf,
        /// Path of the part written before.
        kept: Option<PathBuf>,
    },
    /// The system failed to write.
    #[error("{path} could not be written ({why}); {}", left(kept.as_deref()))]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// The system's error.
        why: io::Error,
        /// Path of the part written before.
        kept: Option<PathBuf>,
    },
    /// The encoder failed.
    #[error("the H.264 encoder failed ({why}): {path} is not finished; {}", left(kept.as_deref()))]
    Encoder {
        /// Path of the file.
        path: PathBuf,
        /// The encoder's message.
        why: String,
        /// Path of the part written before.
        kept: Option<PathBuf>,
    },
    /// The recording ended without a frame.
    #[error("no frame came while {0} was being recorded; nothing was kept")]
    NoFrames(PathBuf),
}

/// Returns whether the folder of `path` exists: some file systems, such as /proc, reject new files.
fn has_folder(path: &Path) -> bool {
    path.parent()
        .is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// Describes what remains of a recording.
fn left(kept: Option<&Path>) -> String {
    kept.map_or_else(
        || "nothing was recorded".into(),
        |kept| format!("what was recorded before plays as {}", kept.display()),
    )
}

impl RecordError {
    /// Maps a system error from writing `path` to a recording error.
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
