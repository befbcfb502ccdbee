//! The real window on a real (virtual) display: the keyboard picks a style and records two
//! seconds, then records again and is killed; both files are read back.
//!
//! Needs a display and `xdotool`; `cargo xtask test` brings both. Elsewhere it skips and says so.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot drive the window should fail"
)]

#[path = "support/require.rs"]
mod require;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vizard::domain::frame::FrameTime;
use vizard::stages::capture::{FileOptions, Polled, open_file};

/// How long the window may take to open on a busy machine without a GPU.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long the recording is asked to last.
const RECORDED: Duration = Duration::from_secs(2);

/// The running program; ended when the test ends, however it ends.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        if self.0.kill().is_ok() {
            self.0.wait().unwrap();
        }
    }
}

/// What `xdotool` says, trimmed; `None` where it fails.
fn xdotool(arguments: &[&str]) -> Option<String> {
    let output = Command::new("xdotool").args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a test waits in real time")]
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The recordings in `folder`.
fn clips(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = files.map(|file| file.path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "mp4"))
        .collect()
}

/// The number of frames, and the time of the last one.
fn read_back(clip: &Path) -> (u32, FrameTime) {
    let options = FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    };
    let mut source = open_file(clip, &options).unwrap();
    let (mut frames, mut last) = (0, FrameTime::default());
    loop {
        match source.next(Duration::from_secs(5)).unwrap() {
            Polled::Frame(frame) => {
                frames += 1;
                last = frame.shown_at;
            }
            Polled::Ended => return (frames, last),
            other => panic!("{other:?}"),
        }
    }
}

fn start(home: &Path) -> Program {
    let data = std::env::var_os("XDG_DATA_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".local/share"),
        PathBuf::from,
    );
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4");
    let child = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .args(["live", "--size", "640x360", "--region", "head", "--input"])
        .arg(demo)
        .env("HOME", home)
        .env("XDG_DATA_HOME", data)
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    Program(child)
}

#[test]
fn the_window_works_and_ends_in_good_order() {
    let display = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
    if !display || xdotool(&["version"]).is_none() {
        require::missing("display", "this test needs a display and xdotool");
        return;
    }
    // One after the other: there is one keyboard.
    the_keyboard_records_and_a_killed_recording_plays();
    a_program_that_is_asked_to_end_finishes_its_recording();
}

fn the_keyboard_records_and_a_killed_recording_plays() {
    let home = tempfile::tempdir().unwrap();
    let videos = home.path().join("Videos/Vizard");
    let (mut program, press) = shown(home.path());

    press("3");
    std::thread::sleep(Duration::from_secs(1));
    press("r");
    let clip = wait_for("the recording", || clips(&videos).pop());
    std::thread::sleep(RECORDED);
    press("r");
    std::thread::sleep(Duration::from_secs(2));

    assert!(program.0.try_wait().unwrap().is_none(), "the program ended");
    press("r");
    let killed = wait_for("the second recording", || {
        clips(&videos).into_iter().find(|other| *other != clip)
    });
    std::thread::sleep(2 * RECORDED);
    drop(program);
    let (frames, last) = read_back(&killed);
    assert!(
        frames >= 5 && last.secs() > 1.0,
        "{frames} frames, {last:?}"
    );
    let (frames, last) = read_back(&clip);
    assert!(frames >= 5, "{frames} frames");
    let secs = last.secs();
    assert!((1.0..6.0).contains(&secs), "{secs} s");
}

/// A window that has the keyboard and shows a picture, and what presses a key in it.
fn shown(home: &Path) -> (Program, impl Fn(&str) + use<>) {
    let program = start(home);
    let window = wait_for("the window", || {
        xdotool(&["search", "--onlyvisible", "--name", "^Vizard$"])
            .and_then(|found| found.lines().next().map(str::to_owned))
    });
    let press = move |key: &str| {
        // Without a window manager nobody gives the window the keyboard.
        xdotool(&["windowfocus", &window]).unwrap();
        xdotool(&["key", key]).unwrap();
    };
    // Nothing is recorded before there is a picture.
    std::thread::sleep(Duration::from_secs(8));
    (program, press)
}

/// SIGTERM closes the window in good order: the recording is finished.
fn a_program_that_is_asked_to_end_finishes_its_recording() {
    let home = tempfile::tempdir().unwrap();
    let videos = home.path().join("Videos/Vizard");
    let (mut program, press) = shown(home.path());
    press("r");
    let clip = wait_for("the recording", || clips(&videos).pop());
    std::thread::sleep(RECORDED);

    let id = program.0.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(asked.success());
    let ended = wait_for("the end", || program.0.try_wait().unwrap());

    assert!(ended.success(), "{ended}");
    let (frames, last) = read_back(&clip);
    assert!(
        frames >= 5 && last.secs() > 1.0,
        "{frames} frames, {last:?}"
    );
}
