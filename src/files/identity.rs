//! [`FileId`]: what a path leads to, so that two paths to one file are known to be one.

use std::fs;
use std::path::{Path, PathBuf};

/// One file, however it is called: by another path, through a link, or by a second hard link.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FileId {
    /// A file that is there: device and inode.
    #[cfg(unix)]
    Inode(u64, u64),
    /// A file that is not there yet, or a system without inodes: its path behind all links.
    Path(PathBuf),
}

impl FileId {
    /// What `path` leads to, whether or not a file is there; `None` where its folder is missing.
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
