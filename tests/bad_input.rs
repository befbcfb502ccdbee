//! Files that are broken, empty, strange or missing: one plain sentence, the right exit code, no
//! panic and no hang; and a clip without a face, which is no error.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use vizard::domain::frame::{Picture, Size};
use vizard::pictures::{Limits, read, write_png};
use vizard::stages::capture::{FileOptions, open_file};

/// How long a run may take before it counts as hanging.
const LIMIT: Duration = Duration::from_mins(1);

/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a run said, and its exit code.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    err: String,
}

/// A folder of inputs, good and bad.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.picture("good.png", Size::new(64, 48));
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.at(name), bytes).unwrap();
        self.text(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    fn folder(&self, name: &str) -> String {
        fs::create_dir(self.at(name)).unwrap();
        self.text(name)
    }

    fn picture(&self, name: &str, size: Size) -> String {
        write_png(&self.at(name), &Picture::filled(size, [120, 110, 100, 255])).unwrap();
        self.text(name)
    }

    /// Ten grey pictures: a clip without a face, which needs no ffmpeg to be made.
    fn faceless(&self) -> String {
        let folder = self.folder("faceless");
        for at in 0..10 {
            self.picture(&format!("faceless/{at}.png"), Size::new(160, 120));
        }
        folder
    }

    /// Runs the program, which must end in time, and must not panic.
    fn run(&self, arguments: &[&str]) -> Said {
        let errors = self.at("stderr.txt");
        let mut child = Command::new(env!("CARGO_BIN_EXE_vizard"))
            .args(arguments)
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let mut waited = Duration::ZERO;
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if waited >= LIMIT {
                child.kill().unwrap();
                panic!("{arguments:?} hangs");
            }
            std::thread::sleep(LOOK);
            waited += LOOK;
        };
        let err = String::from_utf8_lossy(&fs::read(errors).unwrap()).into_owned();
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
        Said { code, err }
    }

    /// Renders `input` to `output`.
    fn render(&self, input: &str, output: &str, more: &[&str]) -> Said {
        let mut all = vec!["render", "--input", input, "--output", output];
        all.extend(more);
        self.run(&all)
    }

    /// Says why `input` can be neither rendered nor tracked; both must say the same.
    fn refusal(&self, input: &str) -> String {
        let clip = self.text("refused.mp4");
        let rendered = self.render(input, &clip, &[]).sentence(1);
        let boxes = self.text("refused.csv");
        let track = ["track", "--input", input, "--output", &boxes];
        let tracked = self.run(&track).sentence(1);
        assert_eq!(rendered, tracked);
        rendered
    }
}

impl Said {
    /// The one plain sentence of a run that failed with `code`.
    fn sentence(&self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        let mut sentences = self.err.lines().filter_map(|l| l.strip_prefix("error: "));
        let (first, second) = (sentences.next(), sentences.next());
        assert!(first.is_some() && second.is_none(), "{self:?}");
        let sentence = first.unwrap();
        let is_plain = |word: &str| !sentence.contains(word);
        assert!(
            ["Err(", "Some(", " { ", "unwrap", "thread '"]
                .into_iter()
                .all(is_plain),
            "{sentence}"
        );
        assert!((10..600).contains(&sentence.len()), "{sentence}");
        sentence.to_owned()
    }

    fn done(&self) {
        assert_eq!(self.code, Some(0), "{self:?}");
    }
}

fn demo() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4")).unwrap()
}

#[test]
fn an_input_that_is_missing_or_empty_is_named() {
    let place = Place::new();
    let (missing, empty) = (place.text("missing.mp4"), place.file("empty.mp4", b""));
    let no_pictures = place.folder("folder");

    assert_eq!(
        place.refusal(&missing),
        format!("{missing} does not exist; check the path")
    );
    assert!(place.refusal(&empty).contains("empty.mp4 is empty"));
    assert!(
        place
            .refusal(&no_pictures)
            .contains("folder holds no pictures")
    );
}

#[test]
fn an_input_that_is_no_clip_is_refused() {
    let place = Place::new();
    let diary = place.file("diary.mp4", b"Dear diary, I am no clip at all.\n");
    let noise: Vec<u8> = (0..40_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let noise = place.file("noise.mp4", &noise);

    assert!(place.refusal(&diary).contains("diary.mp4"));
    assert!(place.refusal(&noise).contains("noise.mp4"));
}

#[test]
fn a_picture_that_is_damaged_is_refused() {
    let place = Place::new();
    let whole = fs::read(place.at("good.png")).unwrap();
    let cut = place.file("cut.png", &whole[..whole.len() - 20]);
    let start = place.file("start.png", &whole[..12]);

    assert!(
        place
            .refusal(&cut)
            .contains("cut.png is damaged or cut off")
    );
    assert!(place.refusal(&start).contains("start.png"));
}

#[test]
fn a_clip_that_is_cut_off_is_an_error_and_what_was_read_before_is_kept() {
    let place = Place::new();
    let demo = demo();
    let cut = place.file("cut.mp4", &demo[..150_000]);
    let head = place.file("head.mp4", &demo[..40]);
    let (clip, boxes) = (place.text("kept.mp4"), place.text("kept.csv"));
    let small = ["--size", "320x180"];

    let rendered = place.render(&cut, &clip, &small).sentence(1);
    let track = ["track", "--input", &cut, "--output", &boxes];
    let tracked = place.run(&track).sentence(1);

    for sentence in [rendered, tracked] {
        assert!(sentence.contains("cut.mp4 is damaged or cut off"));
    }
    let (kept_clip, kept_boxes) = (place.text("kept.part.mp4"), place.text("kept.part.csv"));
    assert!(fs::metadata(&kept_clip).unwrap().len() > 1000);
    assert!(fs::read_to_string(&kept_boxes).unwrap().lines().count() > 3);
    assert!(!place.at("kept.mp4").exists() && !place.at("kept.csv").exists());
    let open = |path: &str| open_file(Path::new(path), &FileOptions::default());
    assert!(open(&kept_clip).is_ok());
    assert!(place.refusal(&head).contains("head.mp4"));
}

#[test]
fn a_picture_of_one_pixel_is_rendered_and_has_no_face() {
    let place = Place::new();
    let dot = place.picture("dot.png", Size::new(1, 1));
    let (out, boxes) = (place.text("out.png"), place.text("boxes.csv"));

    place.render(&dot, &out, &[]).done();
    place.render(&dot, &out, &["--region", "frame"]).done();
    place.render(&dot, &place.text("out.mp4"), &[]).done();
    place
        .run(&["track", "--input", &dot, "--output", &boxes])
        .done();

    let picture = read(Path::new(&out), &Limits::default()).unwrap();
    assert_eq!(picture.size(), Size::new(1, 1));
    assert_eq!(
        fs::read_to_string(boxes).unwrap(),
        "frame,id,x,y,w,h,score\n"
    );
}

#[test]
fn a_picture_that_is_long_and_thin_is_rendered() {
    let place = Place::new();
    let out = place.text("out.png");
    for (width, height) in [(2000, 2), (3, 1500)] {
        let thin = place.picture("thin.png", Size::new(width, height));

        place.render(&thin, &out, &[]).done();

        let picture = read(Path::new(&out), &Limits::default()).unwrap();
        assert_eq!(picture.size(), Size::new(width, height));
    }
}

#[test]
fn a_style_that_is_no_picture_is_refused() {
    let place = Place::new();
    let (good, out) = (place.text("good.png"), place.text("out.png"));
    let notes = place.file("notes.png", b"These are notes.");
    let empty = place.file("empty.png", b"");
    let missing = place.text("missing.png");
    let folder = place.folder("folder");
    let style = |path: &str| place.render(&good, &out, &["--style", path]).sentence(1);

    assert!(style(&notes).contains("notes.png is not a picture that can be read"));
    assert!(style(&empty).contains("empty.png is empty"));
    assert!(style(&missing).contains("no style and no picture called"));
    assert!(style(&folder).contains("folder is not a file"));
    assert!(!place.at("out.png").exists());
}

#[test]
fn a_style_of_one_pixel_serves() {
    let place = Place::new();
    let dot = place.picture("dot.png", Size::new(1, 1));

    place
        .render(
            &place.text("good.png"),
            &place.text("out.png"),
            &["--style", &dot],
        )
        .done();

    assert!(place.at("out.png").is_file());
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let place = Place::new();
    let good = place.text("good.png");
    let under_a_file = format!("{good}/deeper");
    let fails = |output: &str| place.render(&good, output, &[]).sentence(1);

    let clip = fails("/nonexistent/dir/x.mp4");
    let picture = fails("/nonexistent/dir/x.png");
    let folder = fails(&under_a_file);
    let track = ["track", "--input", &good, "--output", "/nonexistent/x.csv"];
    let boxes = place.run(&track).sentence(1);

    for sentence in [clip, picture] {
        assert!(
            sentence.contains("the folder /nonexistent/dir does not exist"),
            "{sentence}"
        );
    }
    assert!(folder.contains("good.png/deeper cannot be made"));
    assert!(boxes.contains("/nonexistent/x.csv cannot be written"));
}

#[test]
fn an_output_of_an_unknown_kind_is_wrong_usage() {
    let place = Place::new();
    let good = place.text("good.png");
    for kind in ["avi", "jpg"] {
        let output = place.text(&format!("out.{kind}"));

        let sentence = place.render(&good, &output, &[]).sentence(2);

        assert!(sentence.contains(&format!("cannot be written as .{kind}")));
        assert!(sentence.contains("FILE.mp4, FILE.png or a folder"));
    }
    assert!(
        place
            .render(&good, "", &[])
            .sentence(2)
            .contains("--output")
    );
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_work() {
    let place = Place::new();
    let (good, out) = (place.text("good.png"), place.text("out.png"));

    let said = place.render(&good, &out, &["--report", "/nonexistent/r.json"]);

    let sentence = said.sentence(1);
    assert!(
        sentence.contains("the report /nonexistent/r.json cannot be written"),
        "{sentence}"
    );
    assert!(!place.at("out.png").is_file());
}

#[test]
fn a_clip_without_a_face_is_covered_from_start_to_end() {
    let place = Place::new();
    let (clip, report) = (place.text("out.mp4"), place.text("report.json"));

    place
        .render(
            &place.faceless(),
            &clip,
            &["--report", &report, "--region", "head"],
        )
        .done();

    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let count = |name: &str| report["frames"][name].as_u64().unwrap();
    assert_eq!((count("in"), count("styled"), count("held")), (10, 0, 10));
    let faces = report["faces"].as_array().unwrap();
    assert!(faces.len() == 10 && faces.iter().all(|f| f == &Value::Array(vec![])));
}

#[test]
fn a_clip_without_a_face_has_no_boxes() {
    let place = Place::new();
    let boxes = place.text("boxes.csv");

    place
        .run(&["track", "--input", &place.faceless(), "--output", &boxes])
        .done();

    assert_eq!(
        fs::read_to_string(boxes).unwrap(),
        "frame,id,x,y,w,h,score\n"
    );
}

#[test]
fn pictures_of_changing_size_are_rendered_one_by_one() {
    let place = Place::new();
    let (folder, out) = (place.folder("mixed"), place.folder("out"));
    place.picture("mixed/1.png", Size::new(64, 48));
    place.picture("mixed/2.png", Size::new(100, 30));

    place.render(&folder, &out, &[]).done();

    let size = |name: &str| read(&place.at(name), &Limits::default()).unwrap().size();
    assert_eq!(size("out/frame_000000.png"), Size::new(64, 48));
    assert_eq!(size("out/frame_000001.png"), Size::new(100, 30));
}

#[test]
fn a_box_that_is_no_box_is_wrong_usage_and_one_outside_of_the_frame_ends() {
    let place = Place::new();
    let (clip, boxes) = (place.faceless(), place.text("boxes.csv"));
    let track = |init: &str| {
        let input = ["track", "--input", &clip, "--output", &boxes];
        place.run(&[&input[..], &["--init", init]].concat())
    };

    for wrong in ["1,2,3", "a,b,c,d", "0,0,0,0", "NaN,0,5,5", "1,1,-5,5"] {
        assert!(track(wrong).sentence(2).contains("is not a box such as"));
    }
    track("5000,5000,50,50").done();
    track("-300,-300,9000,9000").done();
}
