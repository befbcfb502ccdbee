//! Output files that appear whole or not at all.
//!
//! An [`OutputFile`] is written beside its goal, under a newly created name, so it never touches an
//! unrelated file. It replaces its goal in one step, when it is complete and flushed to disk. Until then an
//! existing file at the goal stays unchanged.

// Identifies a file independently of its path.
mod identity;

pub use identity::FileId;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// Maximum number of links followed to a goal; more are a loop.
const MOST_LINKS: usize = 40;

/// Maximum number of names tried to find a free one.
const MOST_NAMES: u32 = 10_000;

/// Where an unfinished file is stored.
#[derive(Debug)]
enum Place {
    /// In a hidden file beside the goal, removed on drop.
    Hidden(TempPath),
    /// In `NAME.part.EXT` beside the goal; kept on drop unless it is empty.
    Part(PathBuf),
    /// At the goal itself, which was newly created.
    Goal,
    /// In a device or pipe, which has no unfinished state.
    Stream,
}

/// A file being written. If dropped before [`OutputFile::finish`], it leaves its goal unchanged.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    place: Place,
    /// The path with all links resolved.
    goal: PathBuf,
    written: u64,
    finished: bool,
}

impl OutputFile {
    /// Creates a hidden unfinished file: an error leaves nothing behind.
    pub fn hidden(path: &Path) -> io::Result<Self> {
        let goal = goal_of(path)?;
        if let Some(stream) = Self::stream(&goal)? {
            return Ok(stream);
        }
        let (file, temporary) = hidden_beside(&goal)?.into_parts();
        Ok(Self::new(file, Place::Hidden(temporary), goal))
    }

    /// Creates an unfinished file that is useful by itself: `clip.mp4` is called `clip.part.mp4` until it
    /// is finished, or `clip.part-2.mp4` if that name is taken, and so on. What was written stays after an
    /// error or a kill.
    pub fn part(path: &Path) -> io::Result<Self> {
        let goal = goal_of(path)?;
        if let Some(stream) = Self::stream(&goal)? {
            return Ok(stream);
        }
        let extension = goal.extension().unwrap_or_default().to_os_string();
        let part = |number: u32| {
            let mut ending = std::ffi::OsString::from(match number {
                1 => "part".to_owned(),
                _ => format!("part-{number}"),
            });
            if !extension.is_empty() {
                ending.push(".");
                ending.push(&extension);
            }
            goal.with_extension(ending)
        };
        for path in (1..MOST_NAMES).map(part) {
            match create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => return Ok(Self::new(file?, Place::Part(path), goal)),
            }
        }
        Err(io::Error::other(
            "all names for the unfinished file are taken",
        ))
    }

    /// Creates a file under its final name, which must be free. What was written stays after an error or a
    /// kill.
    pub fn in_place(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(is_folder());
        }
        Ok(Self::new(
            create_new(path)?,
            Place::Goal,
            path.to_path_buf(),
        ))
    }

    fn new(file: File, place: Place, goal: PathBuf) -> Self {
        Self {
            file,
            place,
            goal,
            written: 0,
            finished: false,
        }
    }

    /// Opens `goal` directly if it exists and is not a regular file.
    fn stream(goal: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(goal) {
            Ok(about) if about.is_dir() => Err(is_folder()),
            Ok(about) if !about.is_file() => {
                let file = OpenOptions::new().write(true).open(goal)?;
                Ok(Some(Self::new(file, Place::Stream, goal.to_path_buf())))
            }
            _ => Ok(None),
        }
    }

    /// Path of the unfinished content; `None` if an error leaves nothing or nothing was written.
    pub fn kept_at(&self) -> Option<&Path> {
        match &self.place {
            _ if self.written == 0 => None,
            Place::Part(path) => Some(path),
            Place::Goal => Some(&self.goal),
            Place::Hidden(_) | Place::Stream => None,
        }
    }

    /// Truncates the file to `length` bytes, for example to remove a half-written piece.
    pub fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.written = length;
        Ok(())
    }

    /// A second handle on the same file.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Moves the complete file to its goal; replaces an existing one.
    pub fn finish(self) -> io::Result<()> {
        self.place(true)
    }

    /// Moves the complete file to its goal, which must be free; otherwise fails with
    /// [`io::ErrorKind::AlreadyExists`].
    pub fn finish_new(self) -> io::Result<()> {
        self.place(false)
    }

    /// Flushes what was written to disk and leaves it where it is; returns that path.
    pub fn leave(mut self) -> io::Result<Option<PathBuf>> {
        self.sync()?;
        Ok(self.kept_at().map(Path::to_path_buf))
    }

    /// Discards the file: nothing of it remains, except in a device.
    pub fn discard(mut self) {
        if let Err(error) = self.cut_to(0) {
            tracing::debug!(%error, "an unfinished file stays");
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.flush()?;
        // A network disk that is full reports it here.
        self.file.sync_all().or_else(unless_unsupported)
    }

    fn place(mut self, replace: bool) -> io::Result<()> {
        self.sync()?;
        match std::mem::replace(&mut self.place, Place::Stream) {
            Place::Hidden(temporary) if replace => {
                temporary.persist(&self.goal).map_err(|error| error.error)?;
            }
            Place::Hidden(temporary) => {
                let placed = temporary.persist_noclobber(&self.goal);
                placed.map_err(|error| error.error)?;
            }
            Place::Part(part) => {
                let placed = if replace {
                    fs::rename(&part, &self.goal)
                } else {
                    rename_new(&part, &self.goal)
                };
                if let Err(error) = placed {
                    self.place = Place::Part(part);
                    return Err(error);
                }
            }
            Place::Goal | Place::Stream => {}
        }
        self.finished = true;
        sync_folder(&self.goal);
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    /// Removes an unfinished file that is empty, since it is of no use.
    fn drop(&mut self) {
        let empty = match &self.place {
            Place::Part(path) => path,
            Place::Goal => &self.goal,
            Place::Hidden(_) | Place::Stream => return,
        };
        let is_empty = self.file.metadata().is_ok_and(|about| about.len() == 0);
        if !self.finished
            && is_empty
            && let Err(error) = fs::remove_file(empty)
        {
            tracing::debug!(%error, "an empty file stays");
        }
    }
}

/// Writes `bytes` to `path`: whole, or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OutputFile::hidden(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Returns `path`, or, if it exists, the first free name of `NAME-2.EXT`, `NAME-3.EXT`, ….
pub fn free_name(path: &Path) -> io::Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default();
    let numbered = |number: u32| {
        let mut name = stem.to_os_string();
        name.push(format!("-{number}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    };
    // A link counts, wherever it leads.
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    std::iter::once(path.to_path_buf())
        .chain((2..MOST_NAMES).map(numbered))
        .find(is_free)
        .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

/// Resolves all links of `path`, so a link is not replaced by a file.
fn goal_of(path: &Path) -> io::Result<PathBuf> {
    let mut goal = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&goal) else {
            return Ok(goal);
        };
        // The kernel's own links, such as /dev/stdout's, need not name a path.
        if fs::metadata(&goal).is_ok_and(|about| !about.is_file()) {
            return Ok(goal);
        }
        goal = goal.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn is_folder() -> io::Error {
    io::Error::new(
        io::ErrorKind::IsADirectory,
        "it is a folder; name a file in it",
    )
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn hidden_beside(goal: &Path) -> io::Result<NamedTempFile> {
    let folder = match goal.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vizard-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(like_any_new_file());
    // The builder's own errors name the hidden file, which means nothing to the user.
    builder
        .tempfile_in(folder)
        .map_err(|error| without_path(&error))
}

/// `error` without the path that a library added to it.
fn without_path(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// Temporary files are private by default. The umask still applies.
#[cfg(unix)]
fn like_any_new_file() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o666)
}

/// Renames `from` to `to`, which must be free.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let temporary = TempPath::try_from_path(from)?;
    temporary.persist_noclobber(to).map_err(|error| {
        let why = error.error;
        // The drop would remove it.
        if let Err(kept) = error.path.keep() {
            tracing::warn!(error = %kept.error, "an unfinished file may be gone");
        }
        why
    })
}

/// Makes a rename survive a loss of power, if the system can.
fn sync_folder(goal: &Path) {
    let folder = match goal.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if cfg!(unix)
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!(%error, "the folder is not synced");
    }
}

fn unless_unsupported(why: io::Error) -> io::Result<()> {
    match why.kind() {
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput => Ok(()),
        _ => Err(why),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
