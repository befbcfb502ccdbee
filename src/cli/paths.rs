//! [`Paths`]: what a command reads and writes, so that no output takes the place of an input.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::output::Failure;
use crate::files::FileId;

/// The files of one command, each with the option that names it.
#[derive(Debug, Default)]
pub(super) struct Paths {
    read: Vec<(&'static str, PathBuf)>,
    written: Vec<(&'static str, PathBuf)>,
}

impl Paths {
    /// `path` is read; a folder counts with all files in it.
    pub(super) fn read(mut self, option: &'static str, path: &Path) -> Self {
        let inside = files_of(path, |_| true);
        self.read.extend(inside.map(|file| (option, file)));
        self.read.push((option, path.to_path_buf()));
        self
    }

    /// `path` is read, if it was given.
    pub(super) fn read_if(self, option: &'static str, path: Option<&Path>) -> Self {
        match path {
            Some(path) => self.read(option, path),
            None => self,
        }
    }

    /// `path` is written.
    pub(super) fn written(mut self, option: &'static str, path: &Path) -> Self {
        self.written.push((option, path.to_path_buf()));
        self
    }

    /// `path` is written, if it was given.
    pub(super) fn written_if(self, option: &'static str, path: Option<&Path>) -> Self {
        match path {
            Some(path) => self.written(option, path),
            None => self,
        }
    }

    /// Files of the folder `path` are written: those whose names `are_made`, and the folder itself,
    /// which may not be one that is read.
    pub(super) fn written_in(
        mut self,
        option: &'static str,
        path: &Path,
        are_made: impl Fn(&str) -> bool,
    ) -> Self {
        let inside = files_of(path, are_made);
        self.written.extend(inside.map(|file| (option, file)));
        self.written(option, path)
    }

    /// Refuses an output that is an input or another output, by whatever path or link.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let mut taken: HashMap<FileId, (&str, &Path)> = HashMap::new();
        for (option, path) in &self.read {
            if let Some(id) = FileId::of(path) {
                taken.entry(id).or_insert((option, path));
            }
        }
        let mut outputs: HashMap<FileId, &str> = HashMap::new();
        for (option, path) in &self.written {
            let Some(id) = FileId::of(path) else {
                continue;
            };
            let (shown, file) = (path.display(), is_replaceable(path));
            if let Some((input, from)) = taken.get(&id).filter(|_| file) {
                let from = from.display();
                return Err(Failure::usage(format!(
                    "{option} {shown} would be written over {from}, which {input} reads; choose \
                     another {option}"
                )));
            }
            if let Some(other) = outputs.insert(id, option).filter(|_| file) {
                return Err(Failure::usage(format!(
                    "{option} and {other} both name {shown}; give each a path of its own"
                )));
            }
        }
        Ok(())
    }
}

/// Whether writing to `path` takes something away: devices and pipes lose nothing.
fn is_replaceable(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |about| about.is_file() || about.is_dir())
}

/// The files of the folder `path` whose names are `meant`; none where it is no folder.
fn files_of(path: &Path, meant: impl Fn(&str) -> bool) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(move |entry| entry.file_name().to_str().is_some_and(&meant))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_no_input_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("clip.mp4"), "clip").unwrap();
        std::fs::hard_link(at("clip.mp4"), at("hard.mp4")).unwrap();
        std::fs::create_dir(at("in")).unwrap();
        std::fs::write(at("in/frame_000001.png"), "frame").unwrap();
        let refused = |input: &str, output: &str| {
            let paths = Paths::default().read("--input", &at(input));
            let paths = match output {
                "in" => paths.written_in("--output", &at(output), |name| name.contains("frame_")),
                _ => paths.written("--output", &at(output)),
            };
            paths.check().err().map(|failure| failure.code)
        };

        for output in ["clip.mp4", "hard.mp4", "in/../clip.mp4"] {
            assert_eq!(refused("clip.mp4", output), Some(2), "{output}");
        }
        for output in ["in", "in/frame_000001.png"] {
            assert_eq!(refused("in", output), Some(2), "{output}");
        }
        assert_eq!(refused("in/frame_000001.png", "in"), Some(2));
        assert_eq!(refused("clip.mp4", "in"), None);
        assert_eq!(refused("clip.mp4", "new.mp4"), None);
    }

    #[test]
    fn two_outputs_have_two_paths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.mp4");
        let paths = Paths::default().written("--output", &path);

        let failure = paths.written("--report", &path).check().unwrap_err();

        assert!(failure.message.contains("--report and --output both name"));
        let nowhere = Path::new("/dev/null");
        let both = Paths::default().written("--output", nowhere);
        both.written("--report", nowhere).check().unwrap();
    }
}
