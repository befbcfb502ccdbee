//! A process that is killed while it renders leaves a clip that plays, under a name that says so.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use vizard::stages::capture::{FileOptions, Polled, open_file};

const DEMO_FRAMES: usize = 180;

/// The demo in a folder, and a rendering of it that runs.
fn render(folder: &Path) -> (PathBuf, std::process::Child) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4");
    let output = folder.join("styled.mp4");
    let child = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .args([
            "render", "--json", "--region", "head", "--crop", "256", "--input",
        ])
        .arg(demo)
        .arg("--output")
        .arg(&output)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    (output, child)
}

/// Frames that our own reader finds; it must come to the end without an error.
fn frames_of(clip: &Path) -> usize {
    let options = FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    };
    let mut source = open_file(clip, &options).unwrap();
    let mut frames = 0;
    loop {
        match source.next(Duration::from_secs(5)).unwrap() {
            Polled::Frame(_) => frames += 1,
            Polled::Ended => return frames,
            other => panic!("{other:?}"),
        }
    }
}

/// Frames that ffprobe decodes; `None` where it is not installed.
fn frames_by_ffprobe(clip: &Path) -> Option<usize> {
    let entries = "stream=nb_read_frames";
    let told = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-count_frames",
            "-of",
            "csv=p=0",
            "-show_entries",
            entries,
        ])
        .arg(clip)
        .output()
        .ok()?;
    assert!(told.stderr.is_empty(), "{told:?}");
    Some(
        String::from_utf8_lossy(&told.stdout)
            .trim()
            .parse()
            .unwrap(),
    )
}

#[test]
fn a_killed_rendering_leaves_a_part_that_plays_and_the_old_clip_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("styled.mp4"), "an older clip").unwrap();
    let (output, mut child) = render(folder.path());
    let part = folder.path().join("styled.part.mp4");
    // Two pieces of a second each, at least.
    let written = || fs::metadata(&part).map_or(0, |about| about.len());
    for _ in 0..1200 {
        if written() > 1_200_000 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }

    child.kill().unwrap();
    let status = child.wait().unwrap();

    assert!(!status.success(), "it was killed in the middle");
    assert_eq!(fs::read_to_string(&output).unwrap(), "an older clip");
    let frames = frames_of(&part);
    assert!((30..DEMO_FRAMES).contains(&frames), "{frames} frames");
    if let Some(theirs) = frames_by_ffprobe(&part) {
        assert_eq!(theirs, frames);
    }
}

#[test]
fn an_interrupted_rendering_closes_its_part_and_says_where_it_is() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let (output, child) = render(folder.path());
        let part = folder.path().join("styled.part.mp4");
        for _ in 0..1200 {
            if fs::metadata(&part).is_ok_and(|about| about.len() > 300_000) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }

        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let done = child.wait_with_output().unwrap();

        let told = String::from_utf8_lossy(&done.stdout);
        assert_eq!(done.status.code(), Some(1), "{told}");
        assert!(told.contains("stopped by a signal"), "{told}");
        assert!(told.contains("styled.part.mp4"), "{told}");
        assert!(!output.exists());
        assert!((1..DEMO_FRAMES).contains(&frames_of(&part)));
    }
}

#[test]
fn a_finished_rendering_is_whole_and_silent() {
    let folder = tempfile::tempdir().unwrap();

    let (output, child) = render(folder.path());
    let done = child.wait_with_output().unwrap();

    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert!(done.status.success());
    assert_eq!(frames_of(&output), DEMO_FRAMES);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
