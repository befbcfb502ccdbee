//! Recordings: what is written is read back, whatever happens on the way.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

#[path = "support/require.rs"]
mod require;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use vizard::domain::frame::{FrameTime, Picture, Size};
use vizard::stages::capture::synthetic::scene;
use vizard::stages::capture::{FileOptions, Polled, SourceFrame, open_file};
use vizard::stages::record::{RecordError, RecordOptions, Recorder, UntilFinished};

const SIZE: Size = Size::new(320, 240);

fn at_ms(ms: u64) -> FrameTime {
    FrameTime(Duration::from_millis(ms))
}

fn without_ffmpeg() -> FileOptions {
    FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    }
}

fn frames_of(path: &Path, options: &FileOptions) -> Vec<SourceFrame> {
    let mut source = open_file(path, options).unwrap();
    let mut frames = Vec::new();
    loop {
        match source.next(Duration::from_secs(1)).unwrap() {
            Polled::Frame(frame) => frames.push(frame),
            Polled::Ended => return frames,
            _ => {}
        }
    }
}

fn is_installed(program: &str) -> bool {
    let asked = Command::new(program)
        .arg("-version")
        .stdout(Stdio::null())
        .status();
    let there = asked.is_ok();
    if !there {
        require::missing("ffmpeg", &format!("{program} is not installed"));
    }
    there
}

fn psnr(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(a.size(), b.size());
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let sum: f64 = a.rgba().iter().zip(b.rgba()).map(square).sum();
    // Alpha is equal everywhere, so three of four bytes count.
    10.0 * (255.0_f64.powi(2) / (sum / (a.size().pixels() * 3) as f64)).log10()
}

/// A recording of the synthetic scene with frames at `times_ms`.
fn record(path: &Path, size: Size, times_ms: &[u64]) -> Recorder {
    let mut recorder = Recorder::start(path, size, RecordOptions::default()).unwrap();
    for ms in times_ms {
        let time = at_ms(*ms);
        recorder
            .push(&scene(size, time.secs() as f32), time)
            .unwrap();
    }
    recorder
}

#[test]
fn a_recording_is_read_back_with_its_frames_times_and_colours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    // A slow machine: uneven, with a gap of two seconds over a piece's border.
    let times: Vec<u64> = (0..40)
        .map(|n| 5000 + n * 33 + n % 3 * 7 + if n > 25 { 2000 } else { 0 })
        .collect();

    let recorded = record(&path, SIZE, &times).finish().unwrap();

    assert_eq!(
        (recorded.frames, recorded.path.as_path()),
        (40, path.as_path())
    );
    let (first, last) = (times[0], times[39]);
    let length = recorded.length.as_millis() as u64;
    assert!(
        (last - first + 15..last - first + 60).contains(&length),
        "{length} ms"
    );
    for options in [without_ffmpeg(), FileOptions::default()] {
        if options.use_ffmpeg && !is_installed("ffmpeg") {
            continue;
        }
        let frames = frames_of(&path, &options);
        assert_eq!(frames.len(), 40);
        for (frame, ms) in frames.iter().zip(&times) {
            let off = frame.shown_at.0.abs_diff(Duration::from_millis(ms - first));
            assert!(off < Duration::from_millis(1), "{ms} ms is off by {off:?}");
            let wanted = scene(SIZE, at_ms(*ms).secs() as f32);
            let quality = psnr(&frame.picture, &wanted);
            assert!(
                quality > 33.0,
                "{quality:.1} dB at {ms} ms, ffmpeg: {}",
                options.use_ffmpeg
            );
        }
    }
}

#[test]
fn a_player_finds_the_right_length_rate_and_colours() {
    if !is_installed("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let times: Vec<u64> = (0..60).map(|n| n * 50).collect();
    record(&path, SIZE, &times).finish().unwrap();

    let told = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-of", "default=nw=1"])
        .args([
            "-show_entries",
            "stream=codec_name,width,height,nb_read_frames,color_space,color_range",
        ])
        .args(["-show_entries", "format=duration"])
        .arg(&path)
        .output()
        .unwrap();

    let told = String::from_utf8(told.stdout).unwrap();
    for wanted in [
        "codec_name=h264",
        "width=320",
        "height=240",
        "nb_read_frames=60",
        "color_space=bt709",
        "color_range=tv",
        "duration=3.000000",
    ] {
        assert!(told.contains(wanted), "{wanted} in\n{told}");
    }
}

#[test]
fn a_recording_that_was_never_finished_plays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.mp4");
    let times: Vec<u64> = (0..75).map(|n| n * 40).collect();
    let recorder = record(&path, SIZE, &times);
    let killed = folder.path().join("as-the-killed-process-left-it.mp4");
    fs::copy(&path, &killed).unwrap();
    drop(recorder);

    let frames = frames_of(&killed, &without_ffmpeg()).len();

    assert!(
        frames >= 50,
        "{frames} of 75 frames, the last second may be missing"
    );
    if is_installed("ffmpeg") {
        assert_eq!(frames_of(&killed, &FileOptions::default()).len(), frames);
    }
}

#[test]
fn a_recording_that_was_cut_within_a_piece_plays_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.mp4");
    let times: Vec<u64> = (0..75).map(|n| n * 40).collect();
    record(&path, SIZE, &times).finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() * 4 / 5]).unwrap();

    let mut source = open_file(&path, &without_ffmpeg()).unwrap();
    let (mut frames, mut end) = (0, None);
    while end.is_none() {
        match source.next(Duration::from_secs(1)) {
            Ok(Polled::Frame(_)) => frames += 1,
            other => end = Some(other),
        }
    }

    assert!(frames >= 25, "{frames} frames");
    let end = end.unwrap().unwrap_err().to_string();
    assert!(end.contains("damaged or cut off after"), "{end}");
}

#[test]
fn odd_and_tiny_sizes_become_even_without_losing_a_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.mp4");
    let size = Size::new(101, 75);

    record(&path, size, &[0, 40, 80]).finish().unwrap();
    let tiny = record(&folder.path().join("tiny.mp4"), Size::new(1, 1), &[0, 40]);

    assert_eq!(tiny.size(), Size::new(16, 16));
    tiny.finish().unwrap();
    let frames = frames_of(&path, &without_ffmpeg());
    assert_eq!(frames[0].picture.size(), Size::new(102, 76));
    let (x, y) = (50, 40);
    let wanted = scene(size, 0.0).pixel_clamped(x, y);
    let got = frames[0].picture.pixel_clamped(x, y);
    assert!(
        got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 12),
        "{got:?} for {wanted:?}"
    );
}

#[test]
fn a_frame_of_another_size_is_fitted_into_the_first_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing.mp4");
    let mut recorder = record(&path, SIZE, &[0, 40]);

    let tall = Picture::filled(Size::new(100, 400), [200, 60, 60, 255]);
    recorder.push(&tall, at_ms(80)).unwrap();
    recorder.finish().unwrap();

    let frames = frames_of(&path, &without_ffmpeg());
    assert!(frames.iter().all(|frame| frame.picture.size() == SIZE));
    assert!(
        frames[2].picture.pixel_clamped(10, 120)[0] < 30,
        "black bars"
    );
    assert!(frames[2].picture.pixel_clamped(160, 120)[0] > 180);
}

#[test]
fn times_that_do_not_grow_lose_no_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("times.mp4");

    let recorded = record(&path, SIZE, &[100, 100, 90, 140, 141])
        .finish()
        .unwrap();

    assert_eq!(recorded.frames, 5);
    let times: Vec<Duration> = frames_of(&path, &without_ffmpeg())
        .iter()
        .map(|frame| frame.shown_at.0)
        .collect();
    assert!(times.is_sorted() && times.len() == 5, "{times:?}");
}

#[test]
fn a_recording_that_cannot_start_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("there.mp4"), "kept").unwrap();
    fs::create_dir(at("folder.mp4")).unwrap();
    let start = |name: &str| {
        let started = Recorder::start(&at(name), SIZE, RecordOptions::default());
        started.unwrap_err().to_string()
    };

    assert!(start("clip.avi").ends_with("choose a name that ends in .mp4"));
    assert!(start("there.mp4").ends_with("exists already; choose another name"));
    assert!(start("folder.mp4").ends_with("is a folder; name a file in it"));
    assert!(start("none/clip.mp4").ends_with("none does not exist; make it first"));
    assert_eq!(fs::read_to_string(at("there.mp4")).unwrap(), "kept");
}

#[test]
fn an_old_file_is_replaced_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("there.mp4");
    fs::write(&path, vec![7; 1 << 20]).unwrap();
    let options = RecordOptions {
        until_finished: UntilFinished::AsPart,
        ..RecordOptions::default()
    };

    let mut recorder = Recorder::start(&path, SIZE, options).unwrap();
    recorder.push(&scene(SIZE, 0.0), at_ms(0)).unwrap();
    recorder.finish().unwrap();

    assert_eq!(frames_of(&path, &without_ffmpeg()).len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_while_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.mp4");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let options = RecordOptions {
        until_finished: UntilFinished::AsPart,
        ..RecordOptions::default()
    };
    let mut recorder = Recorder::start(&path, SIZE, options).unwrap();

    let mut pushes = (0..10).map(|n| recorder.push(&scene(SIZE, 0.0), at_ms(n * 40)));
    let error = pushes.find_map(Result::err).unwrap();

    assert!(matches!(error, RecordError::Full { .. }), "{error}");
}

#[test]
fn a_recording_without_a_frame_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.mp4");

    let error = record(&path, SIZE, &[]).finish().unwrap_err();

    assert!(matches!(error, RecordError::NoFrames(_)), "{error}");
    assert!(!path.exists());
}
