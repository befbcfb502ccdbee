//! The main job, from the demo clip to files: what is styled, what is left alone, what is told.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

#[path = "support/require.rs"]
mod require;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use vizard::domain::face::BoundingBox;
use vizard::domain::frame::{Picture, Size};
use vizard::domain::geometry::{Point, Rect};
use vizard::pictures::{Limits, part, read, write_png};
use vizard::stages::capture::{FileOptions, FrameSource as _, Polled, Reshaped, open_file};

const SIZE: Size = Size::new(640, 360);

/// Times the longer side of a face's box: beyond this square nothing is touched.
const UNTOUCHED: f32 = 2.2;

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs the program, which must succeed.
fn vizard(arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {error}");
}

/// What one run of `vizard render` made.
struct Rendered {
    /// Lives as long as the files are needed.
    _folder: tempfile::TempDir,
    output: PathBuf,
    report: Value,
}

impl Rendered {
    /// Renders `input` into `output`, a name, at 640x360.
    fn new(input: &Path, output: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (output, report) = (
            folder.path().join(output),
            folder.path().join("report.json"),
        );
        let mut all = vec!["render", "--input", text(input), "--output", text(&output)];
        all.extend(["--size", "640x360"]);
        if !arguments.contains(&"--style") {
            all.extend(["--style", "ink_wash"]);
        }
        all.extend(["--report", text(&report)]);
        all.extend(arguments);
        vizard(&all);
        let report = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        Self {
            _folder: folder,
            output,
            report,
        }
    }

    /// The pictures of the output folder, in order.
    fn pictures(&self) -> Vec<Picture> {
        let files = fs::read_dir(&self.output).unwrap();
        let paths: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        let pictures = paths.iter().map(|path| read(path, &Limits::default()));
        pictures.map(Result::unwrap).collect()
    }

    /// The boxes of the faces of frame `at`.
    fn boxes(&self, at: usize) -> Vec<BoundingBox> {
        let faces = self.report["faces"][at].as_array().unwrap();
        let boxes = faces.iter().map(|face| {
            let n = |i: usize| face["box"][i].as_f64().unwrap() as f32;
            Rect::new(n(0), n(1), n(2), n(3))
        });
        boxes.collect()
    }
}

/// The frames that `--size 640x360 --fps FPS` takes from the demo.
fn demo_frames(fps: u32) -> Vec<Picture> {
    let source = open_file(&demo(), &FileOptions::default()).unwrap();
    let mut source = Reshaped::new(source, Some(SIZE), Some(fps));
    let mut frames = Vec::new();
    loop {
        match source.next(Duration::from_secs(1)).unwrap() {
            Polled::Frame(frame) => frames.push(frame.picture),
            Polled::Waiting => {}
            Polled::Lost { .. } | Polled::Ended => return frames,
        }
    }
}

/// Differences of the pixels whose middle `is_meant`: the greatest of each pixel's channels.
fn differences(a: &Picture, b: &Picture, is_meant: impl Fn(Point<()>) -> bool) -> Vec<u8> {
    assert_eq!(a.size(), b.size());
    let width = a.size().width as usize;
    let (a, b) = (a.rgba().as_chunks::<4>().0, b.rgba().as_chunks::<4>().0);
    let middle = |at: usize| Point::new((at % width) as f32 + 0.5, (at / width) as f32 + 0.5);
    let pixels = a.iter().zip(b).enumerate();
    pixels
        .filter(|(at, _)| is_meant(middle(*at)))
        .map(|(_, (a, b))| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap())
        .collect()
}

fn mean(differences: &[u8]) -> f32 {
    let sum: f32 = differences.iter().map(|d| f32::from(*d)).sum();
    sum / differences.len().max(1) as f32
}

fn holds(bounds: &BoundingBox, point: Point<()>) -> bool {
    (bounds.x..bounds.x + bounds.width).contains(&point.x)
        && (bounds.y..bounds.y + bounds.height).contains(&point.y)
}

/// The square around a face beyond which nothing is touched.
fn surroundings(bounds: &BoundingBox) -> BoundingBox {
    let side = UNTOUCHED * bounds.width.max(bounds.height);
    Rect::from_centre(bounds.centre(), side, side)
}

/// Checks that a styled frame differs inside the faces and is its source well outside them.
fn assert_styled_inside_only(styled: &Picture, source: &Picture, boxes: &[BoundingBox]) {
    let around: Vec<BoundingBox> = boxes.iter().map(surroundings).collect();
    let outside = differences(styled, source, |p| !around.iter().any(|b| holds(b, p)));
    assert!(!boxes.is_empty() && outside.len() > SIZE.pixels() / 10);
    let touched = outside.iter().filter(|d| **d > 0).count();
    assert_eq!(touched, 0, "of {} pixels outside", outside.len());
    for bounds in boxes {
        let inside = mean(&differences(styled, source, |p| holds(bounds, p)));
        assert!(inside > 12.0, "the face differs by {inside} only");
    }
}

/// Rows of a file that `vizard track` wrote: frame, box.
fn rows(csv: &Path) -> Vec<(usize, u32, BoundingBox)> {
    let csv = fs::read_to_string(csv).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("frame,id,x,y,w,h,score"));
    let row = |line: &str| {
        let n: Vec<f32> = line.split(',').map(|n| n.parse().unwrap()).collect();
        assert!(n.len() == 7 && (0.0..=1.0).contains(&n[6]), "{line}");
        (
            n[0] as usize,
            n[1] as u32,
            Rect::new(n[2], n[3], n[4], n[5]),
        )
    };
    lines.map(row).collect()
}

/// Tracks the demo at 640x360, ten frames a second.
fn tracked(arguments: &[&str]) -> Vec<(usize, u32, BoundingBox)> {
    let folder = tempfile::tempdir().unwrap();
    let (csv, demo) = (folder.path().join("boxes.csv"), demo());
    let mut all = vec!["track", "--input", text(&demo), "--output", text(&csv)];
    all.extend(["--size", "640x360", "--fps", "10"]);
    all.extend(arguments);
    vizard(&all);
    rows(&csv)
}

/// A frame from the middle of the demo, as a PNG file in `folder`.
fn still(folder: &Path) -> (PathBuf, Picture) {
    let picture = demo_frames(1).swap_remove(2);
    let path = folder.join("still.png");
    write_png(&path, &picture).unwrap();
    (path, picture)
}

/// Frames and seconds of a clip, by ffprobe; `None` where it is not installed.
fn probed(clip: &Path) -> Option<(u64, f64)> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-count_frames", "-of", "json"]);
    command.args(["-show_entries", "stream=nb_read_frames:format=duration"]);
    let Ok(done) = command.arg(clip).output() else {
        require::missing(
            "ffmpeg",
            "ffprobe is not installed, so the clip is not played back",
        );
        return None;
    };
    let found: Value = serde_json::from_slice(&done.stdout).unwrap();
    let frames = found["streams"][0]["nb_read_frames"].as_str().unwrap();
    let secs = found["format"]["duration"].as_str().unwrap();
    Some((frames.parse().unwrap(), secs.parse().unwrap()))
}

fn assert_percentiles(value: &Value) {
    for name in ["p50", "p95", "p99"] {
        assert!(value[name].as_f64().unwrap() >= 0.0, "{name} in {value}");
    }
}

/// Checks all that the contract names, for a run of `frames` frames.
fn assert_report_is_whole(report: &Value, frames: u64) {
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    let models = report["models"].as_array().unwrap();
    let names: Vec<&str> = models.iter().map(|m| m["name"].as_str().unwrap()).collect();
    // On a processor 8-bit twins run; of those that enlarge, a file's faces want the quickest.
    let wanted = "face_detect face_track object_seek face_landmarks face_mask \
                  style_encoder style_transfer_int8 superres_small_int8";
    assert_eq!(names, wanted.split(' ').collect::<Vec<_>>());
    for model in models {
        assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
        assert!(!model["provider"].as_str().unwrap().is_empty());
    }
    let count = |name: &str| report["frames"][name].as_u64().unwrap();
    assert_eq!((count("in"), count("dropped")), (frames, 0));
    assert_eq!(count("styled") + count("held"), frames);
    assert!(report["fps"].as_f64().unwrap() > 0.0);
    for stage in ["detect", "track", "align", "stylize", "composite"] {
        assert_percentiles(&report["stages_ms"][stage]);
    }
    assert_percentiles(&report["latency_ms"]);
    assert!(report["peak_memory_mb"].as_f64().unwrap() > 1.0);
    let faces = report["faces"].as_array().unwrap();
    assert_eq!(faces.len() as u64, frames);
    for face in faces
        .iter()
        .flat_map(|of_frame| of_frame.as_array().unwrap())
    {
        assert!(face["id"].is_u64());
        assert_eq!(face["box"].as_array().unwrap().len(), 4);
        assert!((0.0..=1.0).contains(&face["score"].as_f64().unwrap()));
        assert!(["locked", "coasting"].contains(&face["state"].as_str().unwrap()));
    }
}

#[test]
fn the_demo_becomes_a_styled_clip_of_its_length_and_a_whole_report() {
    // A crop that is coarser than the face is shown, so that it is enlarged, too.
    let knobs = ["--fps", "15", "--crop", "256"];
    let rendered = Rendered::new(&demo(), "styled.mp4", &knobs);

    assert_report_is_whole(&rendered.report, 90);
    let faces = rendered.report["faces"].as_array().unwrap();
    let with_face = faces.iter().filter(|f| !f.as_array().unwrap().is_empty());
    assert!(with_face.count() * 100 >= faces.len() * 95);
    let styled = rendered.report["frames"]["styled"].as_u64().unwrap();
    assert!(styled * 100 >= 90 * 95, "{styled} of 90 are styled");
    if let Some((frames, secs)) = probed(&rendered.output) {
        assert_eq!(frames, 90);
        assert!((secs - 6.0).abs() < 0.15, "{secs} s");
    }
}

#[test]
fn styled_frames_differ_inside_the_face_and_are_the_source_outside() {
    let sources = demo_frames(2);

    let rendered = Rendered::new(&demo(), "frames", &["--fps", "2", "--region", "head"]);

    let styled = rendered.pictures();
    assert_eq!(styled.len(), sources.len());
    assert!(styled.len() >= 12);
    // The picture opens under a cover, which is gone after a quarter of a second.
    for (at, (styled, source)) in styled.iter().zip(&sources).enumerate().skip(1) {
        assert_styled_inside_only(styled, source, &rendered.boxes(at));
    }
}

#[test]
fn strength_zero_is_the_source() {
    let sources = demo_frames(2);

    let rendered = Rendered::new(&demo(), "frames", &["--fps", "2", "--strength", "0"]);

    let plain = rendered.pictures();
    assert_eq!(plain.len(), sources.len());
    assert!(plain.iter().zip(&sources).all(|(a, b)| a == b));
}

#[test]
fn half_the_strength_is_between_the_source_and_the_full_style() {
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = still(folder.path());
    let change = |strength: &str| {
        let rendered = Rendered::new(&path, "out.png", &["--strength", strength]);
        let picture = read(&rendered.output, &Limits::default()).unwrap();
        let face = rendered.boxes(0)[0];
        mean(&differences(&picture, &source, |p| holds(&face, p)))
    };

    let (half, full) = (change("0.5"), change("1"));

    assert!(0.0 < half && half < full, "{half} of {full}");
}

#[test]
fn the_region_frame_changes_all_of_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = still(folder.path());

    let rendered = Rendered::new(&path, "out.png", &["--region", "frame"]);

    let picture = read(&rendered.output, &Limits::default()).unwrap();
    for (left, top) in [(0, 0), (320, 0), (0, 180), (320, 180)] {
        let quarter = Rect::new(left as f32, top as f32, 320.0, 180.0);
        let changes = differences(&picture, &source, |p| holds(&quarter, p));
        let touched = changes.iter().filter(|d| **d > 0).count() as f32;
        let share = touched / changes.len() as f32;
        assert!(share > 0.8, "{share} of the quarter at {left},{top}");
        assert!(mean(&changes) > 5.0, "the quarter at {left},{top}");
    }
}

#[test]
fn a_picture_becomes_a_picture_of_its_size_with_a_styled_face() {
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = still(folder.path());

    let rendered = Rendered::new(&path, "out.png", &[]);

    let picture = read(&rendered.output, &Limits::default()).unwrap();
    assert_eq!(picture.size(), source.size());
    assert_report_is_whole_for_a_picture(&rendered.report);
    let face = rendered.boxes(0)[0];
    assert!(mean(&differences(&picture, &source, |p| holds(&face, p))) > 12.0);
}

fn assert_report_is_whole_for_a_picture(report: &Value) {
    assert_eq!(report["frames"]["in"], 1);
    assert_eq!(report["frames"]["styled"], 1);
    assert_eq!(report["faces"].as_array().unwrap().len(), 1);
}

#[test]
fn a_picture_with_a_face_is_left_alone_outside_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = still(folder.path());

    let rendered = Rendered::new(&path, "out.png", &["--region", "head"]);

    let picture = read(&rendered.output, &Limits::default()).unwrap();
    assert_styled_inside_only(&picture, &source, &rendered.boxes(0));
}

#[test]
fn the_demo_has_one_face_and_its_boxes_lie_in_the_frame() {
    let rows = tracked(&[]);

    let frames: BTreeSet<usize> = rows.iter().map(|row| row.0).collect();
    let ids: BTreeSet<u32> = rows.iter().map(|row| row.1).collect();
    assert!(frames.len() >= 57, "a face in {} of 60", frames.len());
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(rows.len(), frames.len());
    let frame = Rect::new(0.0, 0.0, 640.0, 360.0);
    for (at, _, bounds) in &rows {
        let seen = bounds.intersection(&frame).area() / bounds.area();
        assert!(bounds.is_finite() && seen > 0.8, "frame {at}: {bounds:?}");
    }
}

#[test]
fn what_a_given_box_holds_is_followed() {
    let free = tracked(&[]);
    let first = free[0].2;
    let wanted = format!("{},{},{},{}", first.x, first.y, first.width, first.height);

    let rows = tracked(&["--init", &wanted]);

    assert_eq!(rows[0].0, 0);
    assert!(rows[0].2.iou(&first) > 0.99);
    let same = rows.iter().filter(|(at, _, bounds)| {
        let twin = free.iter().find(|row| row.0 == *at);
        twin.is_some_and(|(_, _, free)| free.iou(bounds) > 0.5)
    });
    let same = same.count();
    assert!(same >= 54, "the face is followed in {same} of 60 frames");
}

/// The demo's first frame, rendered with `arguments`.
fn first_frame(arguments: &[&str]) -> Picture {
    let rendered = Rendered::new(&demo(), "first.png", arguments);
    read(&rendered.output, &Limits::default()).unwrap()
}

fn everywhere(_: Point<()>) -> bool {
    true
}

#[test]
fn a_mix_runs_from_the_first_style_to_the_second() {
    let mixed = |share| first_frame(&["--style-b", "neon", "--mix", share]);
    let (first, half, second) = (mixed("0"), mixed("0.5"), mixed("1"));

    assert_eq!(first, first_frame(&[]));
    let apart = |a, b| mean(&differences(a, b, everywhere));
    assert!(apart(&half, &first) > 0.2 && apart(&half, &second) > 0.2);
    assert!(apart(&first, &second) > apart(&half, &second));
}

#[test]
fn strength_zero_is_the_photo_whatever_else_is_asked() {
    let others = ["--keep-colours", "--texture", "2", "--style-b", "neon"];
    let photo = &demo_frames(30)[0];
    for region in ["face", "head", "frame"] {
        let mut arguments = vec!["--strength", "0", "--region", region];
        arguments.extend(others);

        assert_eq!(first_frame(&arguments), *photo, "{region}");
    }
}

#[test]
fn with_the_background_every_part_is_styled() {
    let photo = &demo_frames(30)[0];
    let in_corner = |at: Point<()>| at.x < 100.0 && at.y < 100.0;
    let changed = |region| {
        let styled = first_frame(&["--region", region]);
        mean(&differences(&styled, photo, in_corner))
    };

    assert_eq!((changed("face"), changed("head")), (0.0, 0.0));
    assert!(changed("frame") > 2.0);
}

/// The head of the demo's person, cut out of a frame and given other colours: a painted portrait.
fn painted(folder: &Path) -> PathBuf {
    let (path, source) = still(folder);
    let face = Rendered::new(&path, "out.png", &[]).boxes(0)[0];
    let side = (1.7 * face.height.max(face.width)) as u32;
    let (left, top) = (
        (face.centre().x - side as f32 / 2.0).max(0.0) as u32,
        (face.centre().y - side as f32 * 0.55).max(0.0) as u32,
    );
    let mut head = part(&source, left, top, Size::new(side, side));
    for pixel in head.rgba_mut().chunks_exact_mut(4) {
        (pixel[0], pixel[2]) = (pixel[2] / 2, pixel[0]);
    }
    let path = folder.join("painted.png");
    write_png(&path, &head).unwrap();
    path
}

#[test]
fn either_engine_paints_and_the_report_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (input, source) = still(folder.path());
    let style = painted(folder.path());
    let by = |arguments: &[&str]| {
        let all = [&["--style", text(&style), "--region", "head"], arguments].concat();
        let rendered = Rendered::new(&input, "out.png", &all);
        let engine = rendered.report["engine"].as_str().unwrap().to_owned();
        let face = rendered.boxes(0)[0];
        let picture = read(&rendered.output, &Limits::default()).unwrap();
        assert_styled_inside_only(&picture, &source, &[face]);
        (engine, picture, face)
    };

    let (usual, first, face) = by(&[]);
    let (wished, second, _) = by(&["--engine", "brush"]);
    let (other, network, _) = by(&["--engine", "network"]);
    let (_, theirs, _) = by(&["--likeness", "0"]);

    assert_eq!((usual.as_str(), wished.as_str()), ("brush", "brush"));
    assert_eq!(other, "network");
    assert_eq!(mean(&differences(&first, &second, everywhere)), 0.0);
    let in_face = |a: &Picture, b: &Picture| mean(&differences(a, b, |p| holds(&face, p)));
    assert!(in_face(&first, &network) > 6.0);
    assert!(in_face(&first, &theirs) > 1.0);
    // The painting is bluish, and so is the face now.
    let blue_over_red = |picture: &Picture| {
        let middle = face.centre();
        let pixel = picture.pixel_clamped(middle.x as i64, middle.y as i64 - 20);
        i32::from(pixel[2]) - i32::from(pixel[0])
    };
    assert!(blue_over_red(&first) > blue_over_red(&source) + 20);
}
