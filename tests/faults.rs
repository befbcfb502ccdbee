//! A part of the program that panics: a file is given up with a sentence, and the old file stays; live
//! the part is started again once, and then the picture is never called live.
//!
//! Release builds have no faults on purpose, so there is nothing to test in them.
#![cfg(all(unix, debug_assertions))]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vizard::catalogue::Catalogue;
use vizard::domain::control::{Command as Wish, PipelineStatus, RecordingState};
use vizard::domain::fault;
use vizard::domain::frame::Size;
use vizard::domain::lane::Mode;
use vizard::domain::settings::{ProviderChoice, Region, Settings};
use vizard::domain::style::Style;
use vizard::domain::timing::Clock;
use vizard::inference::runtime::Places;
use vizard::inference::store::ModelStore;
use vizard::pipeline::networks::{NetworkChoice, Networks};
use vizard::pipeline::{Pipeline, Start};
use vizard::stages::capture::{
    FileOptions, FrameSource as _, Looping, Paced, Polled, Reshaped, open_file,
};

/// Faults are the process's own, so one test at a time has them.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4")
}

fn frames_of(clip: &Path) -> usize {
    let options = FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    };
    let mut source = open_file(clip, &options).unwrap();
    let mut frames = 0;
    while let Polled::Frame(_) = source.next(Duration::from_secs(5)).unwrap() {
        frames += 1;
    }
    frames
}

#[test]
fn a_render_whose_part_fails_ends_with_a_sentence_and_leaves_the_old_file() {
    let parts = [
        ("capture", "The reader of the camera or clip failed"),
        ("vision", "The face tracker failed"),
        ("styling", "The stylizer failed"),
    ];
    for (part, sentence) in parts {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out.mp4");
        fs::write(&output, "old").unwrap();
        let done = Command::new(env!("CARGO_BIN_EXE_vizard"))
            .args(["render", "--size", "160x90", "--input"])
            .arg(demo())
            .arg("--output")
            .arg(&output)
            .env("VIZARD_FAULT", format!("{part}:8"))
            .stdin(Stdio::null())
            .output()
            .unwrap();

        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{part}: {said}");
        let error = said.lines().find_map(|line| line.strip_prefix("error: "));
        let error = error.unwrap_or_else(|| panic!("{part}: {said}"));
        assert!(error.starts_with(sentence), "{error}");
        assert!(error.contains("7 frames before are in"), "{error}");
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(fs::read(&output).unwrap(), b"old", "{part}");
        assert_eq!(frames_of(&folder.path().join("out.part.mp4")), 7, "{part}");
    }
}

/// A pipeline on the demo, as the window has it.
struct Live {
    pipeline: Pipeline,
    folder: tempfile::TempDir,
}

fn style(name: &str) -> Arc<Style> {
    Arc::new(Catalogue::new(None).find(name).unwrap())
}

impl Live {
    /// Starts it with a fault; the fault is the caller's own.
    fn start(fault: &str) -> Self {
        fault::arm(fault);
        let clock = Clock::system();
        let open = || {
            let clip = open_file(&demo(), &FileOptions::default())?;
            let small = Some(Size::new(320, 180));
            Ok(Box::new(Reshaped::new(clip, small, None)) as Box<_>)
        };
        let source = Paced::new(Looping::new(open).unwrap(), clock.clone());
        let pipeline = Pipeline::start(Start {
            source: Box::new(source),
            mode: Mode::Newest,
            networks: Networks::open(&NetworkChoice {
                places: Places::of_this_process(None, false),
                store: ModelStore::BuiltIn,
                provider: ProviderChoice::Cpu,
            })
            .unwrap(),
            style: style("ink_wash"),
            second: None,
            catalogue: None,
            settings: Settings {
                region: Region::Head,
                ..Settings::default()
            },
            follow: None,
            clock,
            wake: Arc::new(|| ()),
        });
        Self {
            pipeline: pipeline.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Waits until a report is as it `should` be.
    fn wait(&self, what: &str, should: impl Fn(&PipelineStatus) -> bool) -> PipelineStatus {
        #[expect(clippy::disallowed_methods, reason = "a test waits in real time")]
        let began = Instant::now();
        loop {
            let status = self.pipeline.status();
            if should(&status) {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: {status:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes pictures until `count` have come; `false` where the last came before.
    fn pictures(&self, count: usize) -> bool {
        use vizard::domain::lane::Waited;
        (0..count).all(|_| {
            matches!(
                self.pipeline.wait_composition(Duration::from_secs(5)),
                Waited::Value(_)
            )
        })
    }
}

fn began_again(status: &PipelineStatus) -> bool {
    let trouble = status.trouble.as_ref();
    trouble.is_some_and(|why| why.contains("was started again"))
}

#[test]
fn live_a_part_that_fails_is_started_again_and_pictures_go_on() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for part in ["capture", "vision", "styling"] {
        let live = Live::start(&format!("{part}:10"));

        live.wait(part, began_again);

        assert!(live.pictures(10), "{part}");
        let status = live.wait(part, |status| status.faces == 1);
        assert_eq!((status.stopped, status.stalled), (None, false), "{part}");
        live.pipeline.stop();
    }
}

#[test]
fn live_a_part_that_fails_twice_stops_the_pipeline_and_the_recording_is_saved() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for (part, words) in [("vision", "The face tracker"), ("styling", "The stylizer")] {
        let live = Live::start(&format!("{part}:90+"));
        let clip = live.folder.path().join("clip.mp4");
        live.pipeline.send(Wish::StartRecording(clip.clone()));

        let status = live.wait(part, |status| status.stopped.is_some());
        let why = status.stopped.unwrap();
        assert!(
            why.starts_with(&format!("{words} failed (internal")),
            "{why}"
        );
        let saved =
            |status: &PipelineStatus| matches!(status.recording, RecordingState::Saved { .. });
        live.wait("the recording", saved);

        assert!(frames_of(&clip) > 3, "{part}");
        live.pipeline.stop();
    }
}

#[test]
fn live_a_recorder_that_fails_says_so_and_the_next_recording_is_whole() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let live = Live::start("record:45");
    let (first, second) = (
        live.folder.path().join("first.mp4"),
        live.folder.path().join("second.mp4"),
    );

    live.pipeline.send(Wish::StartRecording(first.clone()));
    let failed =
        |status: &PipelineStatus| matches!(status.recording, RecordingState::Failed { .. });
    live.wait("the failure", failed);
    live.pipeline.send(Wish::StartRecording(second.clone()));
    let long = |status: &PipelineStatus| match &status.recording {
        RecordingState::Recording { elapsed, .. } => elapsed.as_millis() > 500,
        _ => false,
    };
    live.wait("a second recording", long);
    live.pipeline.stop();

    assert!(frames_of(&first) > 0);
    assert!(frames_of(&second) > 3);
}

#[test]
fn live_a_reader_of_styles_that_fails_leaves_no_spinner_and_takes_the_next_style() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let live = Live::start("encode:1");

    live.pipeline.send(Wish::SetStyle(style("neon")));
    let status = live.wait("the failure", began_again);
    assert_eq!(status.style.preparing, None);
    live.pipeline.send(Wish::SetStyle(style("neon")));
    let shown = |status: &PipelineStatus| {
        let shown = status.style.shown.as_ref();
        shown.is_some_and(|id| id.0 == "neon")
    };
    live.wait("the style", shown);

    assert!(live.pictures(5));
    live.pipeline.stop();
}
