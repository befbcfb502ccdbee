//! [`Runtime`]: the ONNX Runtime library, found and loaded once per process.
//!
//! From release 1.29 on the library sends telemetry to its maker by default, and what it starts while it
//! loads cannot be undone. [`forbid_telemetry`] disables it, and [`Runtime::load`] refuses to load the
//! library otherwise (ADR 0013).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use etcetera::{BaseStrategy as _, choose_base_strategy};
use ort::environment::Environment;
use thiserror::Error;

/// The library's file name on this system, without a version.
pub const LIBRARY_NAME: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else if cfg!(windows) {
    "onnxruntime.dll"
} else {
    "libonnxruntime.so"
};

/// The release that `cargo xtask setup` fetches and that this program is tested with.
pub const TESTED_VERSION: &str = "1.31.1";

/// The oldest minor release of 1.x that offers the functions this program calls (`api-24`).
const OLDEST_MINOR: u32 = 24;

/// The environment variable that disables the library's telemetry.
const TELEMETRY_SWITCH: &str = "ORT_DISABLE_TELEMETRY";

/// The only value of [`TELEMETRY_SWITCH`] that this program relies on.
const SILENT: &str = "1";

/// ONNX Runtime could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuntimeError {
    /// No library was found in any of the places.
    #[error(
        "ONNX Runtime was not found (looked in: {}). Run `cargo xtask setup`, or name the \
         library with --onnxruntime PATH.",
        display_places(searched)
    )]
    NotFound {
        /// Every searched place.
        searched: Vec<PathBuf>,
    },
    /// A library was named, but it does not exist.
    #[error(
        "there is no ONNX Runtime library at {path}, which {named_by} names. Name the file \
         {LIBRARY_NAME}, or leave the setting out."
    )]
    NamedButMissing {
        /// The named path.
        path: PathBuf,
        /// `--onnxruntime` or `ORT_DYLIB_PATH`.
        named_by: &'static str,
    },
    /// The file is not an ONNX Runtime of a usable version.
    #[error(
        "{path} is not an ONNX Runtime that Vizard can use ({why}). It needs release 1.{OLDEST_MINOR} \
         or newer; `cargo xtask setup` fetches {TESTED_VERSION}."
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The library would open sockets and keep its own files.
    #[error(
        "ONNX Runtime is not loaded, since it would report to its maker: {TELEMETRY_SWITCH} is not \
         {SILENT}. Set {TELEMETRY_SWITCH}={SILENT} and start again."
    )]
    Telemetry,
}

/// Disables ONNX Runtime's telemetry. Call it first in `main`.
///
/// The environment may change only while no other thread can read it. If Linux reports that more threads
/// are running, nothing is changed, and [`Runtime::load`] reports what to do.
pub fn forbid_telemetry() {
    if is_only_thread() {
        #[expect(
            unsafe_code,
            reason = "the library reads this variable alone, and while it is loaded (ADR 0013)"
        )]
        // SAFETY: no other thread runs that could read or change the environment meanwhile.
        unsafe {
            std::env::set_var(TELEMETRY_SWITCH, SILENT);
        }
    }
}

/// Whether this thread is the process's only one, as far as the system reports.
fn is_only_thread() -> bool {
    std::fs::read_dir("/proc/self/task").map_or(true, |threads| threads.count() == 1)
}

/// Whether the library's telemetry is off if its switch has the value `value`.
fn is_silent(value: Option<&OsStr>) -> bool {
    value == Some(OsStr::new(SILENT))
}

fn display_places(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
    places.join(", ")
}

/// The paths that decide which library is found; a plain value that tests can set.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// `--onnxruntime PATH`.
    pub argument: Option<PathBuf>,
    /// `ORT_DYLIB_PATH`.
    pub variable: Option<PathBuf>,
    /// The folder of the running program.
    pub beside_program: Option<PathBuf>,
    /// The user's data folder, e.g. `~/.local/share`.
    pub user_data: Option<PathBuf>,
    /// Whether the CUDA build is preferred if both are installed.
    pub prefer_cuda: bool,
}

impl Places {
    /// Reads the process's own environment.
    pub fn of_this_process(argument: Option<PathBuf>, prefer_cuda: bool) -> Self {
        let folder = |name: &str| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        Self {
            argument,
            variable: folder("ORT_DYLIB_PATH"),
            beside_program: std::env::current_exe()
                .ok()
                .and_then(|exe| exe.parent().map(Path::to_path_buf)),
            user_data: choose_base_strategy()
                .ok()
                .map(|folders| folders.data_dir()),
            prefer_cuda,
        }
    }

    /// Finds the library to load: argument, variable, beside the program, user's data folder, system.
    pub fn find(&self) -> Result<PathBuf, RuntimeError> {
        let named = [
            (&self.argument, "--onnxruntime"),
            (&self.variable, "ORT_DYLIB_PATH"),
        ];
        for (path, named_by) in named {
            if let Some(path) = path {
                return library_at(path).ok_or_else(|| RuntimeError::NamedButMissing {
                    path: path.clone(),
                    named_by,
                });
            }
        }
        let searched = self.unnamed_folders();
        searched
            .iter()
            .find_map(|folder| library_at(folder))
            .ok_or(RuntimeError::NotFound { searched })
    }

    /// The folders to search if no path was given, in order.
    fn unnamed_folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.beside_program.iter().cloned().collect();
        if let Some(data) = &self.user_data {
            let root = data.join("vizard/onnxruntime");
            let cpu = root.join(TESTED_VERSION);
            let cuda = root.join(format!("{TESTED_VERSION}-cuda"));
            folders.extend(if self.prefer_cuda {
                [cuda, cpu]
            } else {
                [cpu, cuda]
            });
        }
        folders.extend(["/usr/local/lib", "/usr/lib", "/usr/lib64"].map(PathBuf::from));
        folders.push(PathBuf::from(format!(
            "/usr/lib/{}-linux-gnu",
            std::env::consts::ARCH
        )));
        folders
    }
}

/// `path` itself if it is a file, else the newest library in the folder `path`.
fn library_at(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_path_buf());
    }
    let is_library = |file: &PathBuf| {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
        name.is_some_and(|n| {
            n == LIBRARY_NAME
                || n.strip_prefix(LIBRARY_NAME)
                    .is_some_and(|v| v.starts_with('.'))
        })
    };
    let entries = std::fs::read_dir(path).ok()?;
    let files = entries.flatten().map(|entry| entry.path());
    files.filter(is_library).max_by_key(|file| version_of(file))
}

/// The version numbers in a library's name: `libonnxruntime.so.1.24.2` is newer than `.so.1.9`.
fn version_of(file: &Path) -> Vec<u64> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The loaded library. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
    minor: u32,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runtime(1.{} at {})", self.minor, self.library.display())
    }
}

/// The libraries that the CUDA build needs, dependencies first. It does not find them beside itself, since
/// it names no search path.
const CUDA_LIBRARIES: [&str; 9] = [
    "libcudart.so.13",
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcurand.so.10",
    "libnvJitLink.so.13",
    "libcufft.so.12",
    "libnvrtc-builtins.so.13.0",
    "libnvrtc.so.13",
    "libcudnn.so.9",
];

/// Loads the CUDA libraries that are beside `library`; the system finds the others.
fn preload_cuda(library: &Path) {
    let Some(folder) = library.parent() else {
        return;
    };
    for file in CUDA_LIBRARIES.map(|name| folder.join(name)) {
        if file.is_file()
            && let Err(error) = ort::util::preload_dylib(&file)
        {
            tracing::warn!(file = %file.display(), %error, "a CUDA library does not load");
        }
    }
}

/// ONNX Runtime allows one environment per process, for the life of the process, so the first load is
/// stored here and later ones share it.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Finds and loads the library; a second call returns the same one. Refuses if the library's telemetry
    /// is on.
    pub fn load(places: &Places) -> Result<Self, RuntimeError> {
        // This check precedes everything that loads the library, probing included.
        if !is_silent(std::env::var_os(TELEMETRY_SWITCH).as_deref()) {
            return Err(RuntimeError::Telemetry);
        }
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        let library = places.find()?;
        let unusable = |why: String| RuntimeError::Unusable {
            path: library.clone(),
            why,
        };
        let minor = ort::util::probe(&library)
            .ok_or_else(|| unusable("it cannot be loaded, or does not tell its version".into()))?;
        if minor < OLDEST_MINOR {
            return Err(unusable(format!("it is release 1.{minor}")));
        }
        preload_cuda(&library);
        let environment = ort::init_from(&library)
            .map_err(|error| unusable(error.to_string()))?
            .with_name("vizard")
            // This comes too late for the library's first events, but it is all that Windows' own tracing
            // needs.
            .with_telemetry(false)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let runtime = Self {
            environment,
            library,
            minor,
        };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// Path of the library.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The `N` of release `1.N`.
    pub fn minor(&self) -> u32 {
        self.minor
    }

    /// The environment in which sessions are created.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_library_that_is_missing_is_an_error_and_nothing_else_is_tried() {
        let places = Places {
            argument: Some(PathBuf::from("/nowhere/lib.so")),
            ..Places::default()
        };

        let error = places.find().unwrap_err();

        assert!(matches!(
            error,
            RuntimeError::NamedButMissing {
                named_by: "--onnxruntime",
                ..
            }
        ));
    }

    #[test]
    fn the_argument_goes_before_the_variable_and_the_variable_before_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let dir = folder.path().join(name);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join(LIBRARY_NAME), b"x").unwrap();
            dir
        };
        let data = folder.path().join("data");
        let in_data = make(&format!("data/vizard/onnxruntime/{TESTED_VERSION}"));
        let mut places = Places {
            user_data: Some(data),
            ..Places::default()
        };

        assert_eq!(places.find().unwrap(), in_data.join(LIBRARY_NAME));
        places.variable = Some(make("variable"));
        assert!(
            places
                .find()
                .unwrap()
                .starts_with(folder.path().join("variable"))
        );
        places.argument = Some(make("argument"));
        assert!(
            places
                .find()
                .unwrap()
                .starts_with(folder.path().join("argument"))
        );
    }

    #[test]
    fn only_the_value_1_counts_as_silent_and_threads_are_noticed() {
        assert!(is_silent(Some(OsStr::new("1"))));
        for loud in [None, Some("0"), Some("true"), Some("")] {
            assert!(!is_silent(loud.map(OsStr::new)), "{loud:?}");
        }
        // A test never runs on the only thread: the harness waits for it on the first.
        #[cfg(target_os = "linux")]
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!is_only_thread()));
        });
    }

    #[test]
    fn a_file_that_is_no_library_is_refused_in_plain_words() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"not a library").unwrap();
        let places = Places {
            argument: Some(file.path().to_path_buf()),
            ..Places::default()
        };

        let found = places.find().unwrap();

        assert_eq!(ort::util::probe(found), None);
    }
}
