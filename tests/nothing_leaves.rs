//! Nothing leaves the machine: the commands open no socket but those of the desktop (`AF_UNIX`),
//! leave no file but those asked for, and work without any network (ADR 0013).
//!
//! Needs `strace` and `unshare`, and a display for the window; `cargo xtask test` brings them.
//! Without the first two it fails, since a promise that nobody checked is none.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong or skipped"
)]

#[path = "support/require.rs"]
mod require;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vizard::inference::runtime::{Places, Runtime, RuntimeError, forbid_telemetry};

/// The switch that keeps ONNX Runtime silent.
const SWITCH: &str = "ORT_DISABLE_TELEMETRY";

/// The runtime's own reporting begins some 5 s after it is loaded; the window is watched longer.
const WATCHED_SECS: &str = "9";

/// What `timeout` ends with where it had to end the program.
const ENDED_BY_TIMEOUT: Option<i32> = Some(124);

/// System calls that open sockets or make files; a `?` marks those that not every processor has.
const CALLS: &str = "trace=network,openat,?open,?creat,?mkdir,mkdirat,?rename,?renameat,renameat2,\
                     ?link,linkat,?symlink,symlinkat,?mknod,mknodat";

/// Where Mesa, the graphics driver, keeps compiled shaders by itself; it asks the system for the
/// home of this user, whatever `HOME` says.
const DRIVERS_CACHE: &str = "/mesa_shader_cache";

/// A home, a folder for temporary files and one to work in, all new.
struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        for name in ["home", "tmp", "work"] {
            fs::create_dir(room.at(name)).unwrap();
        }
        room
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Starts `words` in the room, with nothing of the person's own in sight.
    fn run(&self, words: &[&str]) -> Output {
        let runtime = Places::of_this_process(None, false).find().unwrap();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(self.at("work"))
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("tmp"))
            .env("ORT_DYLIB_PATH", fs::canonicalize(runtime).unwrap())
            .env("RUST_LOG", "off")
            // The program must set it by itself.
            .env_remove(SWITCH)
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("XDG_") {
                command.env_remove(name);
            }
        }
        command
            .output()
            .unwrap_or_else(|why| panic!("{} does not start ({why}); install it", words[0]))
    }

    /// Runs `vizard` with `arguments` under strace; `before` comes between the two.
    fn watched(&self, before: &[&str], arguments: &[&str]) -> Trace {
        let log = self.at("trace.txt");
        let strace = ["strace", "-f", "-qq", "-e", CALLS, "-o", text(&log)];
        let words = [&strace, before, &[env!("CARGO_BIN_EXE_vizard")], arguments].concat();
        let output = self.run(&words);
        let lines = fs::read_to_string(&log).unwrap_or_default();
        assert!(
            lines.contains("openat("),
            "strace may not watch processes here, so nothing is proven; allow ptrace. {output:?}"
        );
        fs::remove_file(&log).unwrap();
        Trace {
            output,
            lines,
            root: text(self.0.path()).to_owned(),
        }
    }

    /// Every file and folder in the room.
    fn files(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.0.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.0.path()).unwrap();
                found.insert(text(name).to_owned());
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                }
            }
        }
        found
    }

    /// Demands that the room holds `wanted` besides the folders that it began with.
    fn holds_only(&self, wanted: &[&str]) {
        let begun = ["home", "tmp", "work"];
        let wanted: BTreeSet<String> = begun.iter().chain(wanted).map(|&n| n.into()).collect();
        assert_eq!(self.files(), wanted);
    }
}

/// What a watched run asked of the system.
struct Trace {
    output: Output,
    lines: String,
    root: String,
}

impl Trace {
    /// Demands that only sockets of the desktop were opened, and no file outside of the room.
    fn is_silent(&self) -> &Self {
        let lines = || self.lines.lines();
        let is_socket = |line: &&str| line.contains(" socket(") || line.contains(" connect(");
        let is_local = |line: &&str| line.contains("AF_UNIX");
        let sockets: Vec<&str> = lines()
            .filter(is_socket)
            .filter(|line| !is_local(line))
            .collect();
        assert!(sockets.is_empty(), "sockets: {sockets:#?}");
        let makes = |line: &&str| {
            let opens = line.contains(" openat(") || line.contains(" open(");
            let sends = [
                "socket", "connect", "send", "recv", "bind", "get", "set", "shut",
            ];
            let is_network = sends.iter().any(|call| line.contains(&format!(" {call}")));
            !is_network && (!opens || line.contains("O_CREAT"))
        };
        let elsewhere = |line: &&str| {
            let path = line.split('"').nth(1).unwrap_or_default();
            let known = path.contains(DRIVERS_CACHE) || path == "/dev/null";
            path.starts_with('/') && !path.starts_with(&self.root) && !known
        };
        let files: Vec<&str> = lines().filter(makes).filter(elsewhere).collect();
        assert!(files.is_empty(), "files elsewhere: {files:#?}");
        self
    }

    fn done(&self) {
        assert!(self.output.status.success(), "{:?}", self.output);
    }
}

fn has_display() -> bool {
    let named = std::env::var_os("DISPLAY").is_some_and(|name| !name.is_empty());
    if !named {
        require::missing("display", "the window needs a display");
    }
    named
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn asset(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets")
        .join(name);
    text(&path).to_owned()
}

/// The words that start a program without any network; a user of its own where that is allowed.
fn without_network() -> Vec<&'static str> {
    let ways = [
        vec!["unshare", "--user", "--map-root-user", "--net"],
        vec!["unshare", "--net"],
    ];
    let works = |way: &Vec<&str>| {
        let mut command = Command::new(way[0]);
        let done = command.args(&way[1..]).arg("true").stderr(Stdio::null());
        done.status().is_ok_and(|status| status.success())
    };
    ways.into_iter().find(works).expect(
        "unshare may not take the network away here, so nothing is proven; install util-linux and \
         allow user namespaces, or test as root",
    )
}

#[test]
fn the_commands_open_no_socket_and_leave_only_what_was_asked_for() {
    let room = Room::new();
    let demo = asset("demo.mp4");
    let picture = asset("styles/ink_wash.jpg");
    let render = ["render", "--input", &demo, "--style", "neon"];
    let quick = ["--size", "480x270", "--crop", "256", "--output", "a.mp4"];

    room.watched(&[], &[&render[..], &quick].concat())
        .is_silent()
        .done();
    room.watched(&[], &["styles", "add", &picture, "--name", "mine"])
        .is_silent()
        .done();
    room.watched(&[], &["styles", "list"]).is_silent().done();
    room.watched(&[], &["cameras"]).is_silent();
    room.watched(&[], &["doctor"]).is_silent();

    room.holds_only(&[
        "work/a.mp4",
        "home/.local",
        "home/.local/share",
        "home/.local/share/vizard",
        "home/.local/share/vizard/styles",
        "home/.local/share/vizard/styles/mine.vizstyle",
    ]);
}

#[test]
fn the_window_opens_no_socket_but_the_desktops_and_leaves_no_file() {
    if !has_display() {
        return;
    }
    let room = Room::new();
    let demo = asset("demo.mp4");

    let live = ["live", "--size", "640x360", "--input", &demo];
    let watched = room.watched(&["timeout", WATCHED_SECS], &live);

    watched.is_silent();
    assert_eq!(watched.output.status.code(), ENDED_BY_TIMEOUT);
    assert!(watched.lines.contains("AF_UNIX"), "it opened no window");
    room.holds_only(&[]);
}

#[test]
fn everything_works_without_a_network() {
    let room = Room::new();
    let (demo, picture) = (asset("demo.mp4"), asset("styles/oil_portrait.jpg"));
    let alone = without_network();
    let run = |before: &[&str], arguments: &[&str]| {
        room.run(&[&alone, before, &[env!("CARGO_BIN_EXE_vizard")], arguments].concat())
    };

    let works = |arguments: &[&str]| {
        let output = run(&[], arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    works(&["styles", "add", &picture, "--name", "mine"]);
    works(&["styles", "list"]);
    works(&[
        "render", "--input", &picture, "--style", "mine", "--output", "a.png",
    ]);
    works(&["track", "--input", &picture, "--output", "a.csv"]);
    // What it finds depends on the machine: no camera is an answer, too.
    for answer in [run(&[], &["cameras"]), run(&[], &["doctor"])] {
        assert!(answer.status.code() < Some(2), "{answer:?}");
    }
    if has_display() {
        let live = ["live", "--size", "640x360", "--input", &demo];
        let live = run(&["timeout", "6"], &live);
        assert_eq!(live.status.code(), ENDED_BY_TIMEOUT, "{live:?}");
    }
}

/// In a process of its own that was not told to be silent; there the same test looks.
#[test]
fn the_library_is_not_loaded_where_it_would_report() {
    if std::env::var_os(SWITCH).is_some() {
        let this_test = "the_library_is_not_loaded_where_it_would_report";
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this_test])
            .env_remove(SWITCH)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&alone.stdout);
        assert!(said.contains("1 passed"), "{alone:?}");
        return;
    }
    // Too late: the threads of the tests run already, so the environment stays as it is.
    forbid_telemetry();

    let loaded = Runtime::load(&Places::of_this_process(None, false));

    assert_eq!(loaded.unwrap_err(), RuntimeError::Telemetry);
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(
        !maps.contains("libonnxruntime"),
        "it was loaded all the same"
    );
}
