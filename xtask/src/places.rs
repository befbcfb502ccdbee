//! [`Places`]: the folders that the tasks read and write.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Absolute folders, settled once at the start.
#[derive(Debug)]
pub(crate) struct Places {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// Vizard's folder in the user's data folder; ONNX Runtime and the user's styles lie there.
    pub(crate) data: PathBuf,
    /// Vizard's folder in the user's cache folder; downloads lie there while they are needed.
    pub(crate) cache: PathBuf,
}

impl Places {
    /// Reads the environment.
    pub(crate) fn of_this_process() -> Result<Self, Failure> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        // This program lies in TARGET/debug, whatever setting chose TARGET.
        let program = env::current_exe()
            .map_err(|why| Failure::because("find out where this program lies", why))?;
        let target = program.ancestors().nth(2).unwrap_or(&root).to_path_buf();
        Ok(Self {
            root,
            target,
            data: user_folder("XDG_DATA_HOME", ".local/share")?.join("vizard"),
            cache: user_folder("XDG_CACHE_HOME", ".cache")?.join("vizard"),
        })
    }

    /// The program as `cargo build` makes it, with `profile` `debug` or `release`.
    pub(crate) fn built(&self, profile: &str) -> PathBuf {
        self.target.join(profile)
    }
}

fn user_folder(variable: &str, below_home: &str) -> Result<PathBuf, Failure> {
    let folder = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    folder(variable)
        .or_else(|| folder("HOME").map(|home| home.join(below_home)))
        .ok_or_else(|| Failure::new("neither HOME nor XDG_DATA_HOME is set. Set HOME."))
}
