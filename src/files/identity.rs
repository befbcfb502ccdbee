//! [`FileId`]: identifies the file behind a path, to recognise two paths to the same file.

use std::fs;
use std::path::{Path, PathBuf};

/// The identity of one file, whichever path, link or hard link leads to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileId {
    /// An existing file: device and inode.
    #[cfg(unix)]
    Inode(u64, u64),
    /// A file that does not exist yet, or a system without inodes: its path with all links resolved.
    Path(PathBuf),
}

impl FileId {
    /// The identity of `path`, whether or not the file exists; `None` if its folder is missing.
    pub fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        if let Ok(about) = fs::metadata(path) {
            use std::os::unix::fs::MetadataExt as _;
            return Some(Self::Inode(about.dev(), about.ino()));
        }
        if let Ok(whole) = fs::canonicalize(path) {
            return Some(Self::Path(whole));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = fs::canonicalize(folder).ok()?;
        Some(Self::Path(folder.join(path.file_name()?)))
    }
}
