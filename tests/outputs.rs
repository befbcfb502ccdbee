//! No file of the person's is lost: an output is no input, an older output stays until the new one
//! is whole, and what is left of a broken work lies where the sentence says.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use vizard::domain::frame::{Picture, Size};
use vizard::pictures::write_png;
use vizard::stages::capture::{FileOptions, Polled, open_file};

/// Decoding and writing, and next to nothing between.
const QUICK: [&str; 10] = [
    "--style",
    "ink_wash",
    "--region",
    "frame",
    "--strength",
    "0",
    "--size",
    "160x90",
    "--fps",
    "10",
];

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4")
}

/// A folder with the demo clip, whole as `a.mp4` and without its end as `cut.mp4`, and a picture.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let clip = fs::read(demo()).unwrap();
        fs::write(place.at("a.mp4"), &clip).unwrap();
        fs::write(place.at("cut.mp4"), &clip[..150_000]).unwrap();
        let grey = Picture::filled(Size::new(64, 48), [120, 110, 100, 255]);
        write_png(&place.at("picture.png"), &grey).unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `vizard`, in this folder, with a home of its own in it.
    fn vizard(&self, arguments: &[&str]) -> Command {
        let mut vizard = Command::new(env!("CARGO_BIN_EXE_vizard"));
        vizard
            .args(arguments)
            .current_dir(self.0.path())
            .env("XDG_DATA_HOME", data_folder())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        vizard
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.vizard(arguments).output().unwrap()
    }

    fn render(&self, input: &str, output: &str, more: &[&str]) -> Output {
        let mut all = vec!["render", "--input", input, "--output", output];
        all.extend(QUICK);
        all.extend(more);
        self.run(&all)
    }

    /// Every file of the folder with its bytes.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(Result::unwrap);
        let mut files: Vec<_> = entries
            .filter(|entry| entry.path().is_file())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    /// Runs a command that must be refused as wrong usage before anything is written.
    fn assert_refused(&self, arguments: &[&str]) {
        let before = self.files();

        let done = self.run(arguments);

        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {done:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(
            said.contains("would be written over") || said.contains("both name"),
            "{arguments:?}: {said}"
        );
        assert!(before == self.files(), "{arguments:?} changed a file");
    }
}

/// Where ONNX Runtime lies for the tests, whatever the home.
fn data_folder() -> PathBuf {
    std::env::var_os("XDG_DATA_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".local/share"),
        PathBuf::from,
    )
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

fn said(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[test]
fn an_output_that_is_an_input_is_refused_in_every_command() {
    let place = Place::new();
    std::os::unix::fs::symlink("a.mp4", place.at("soft.mp4")).unwrap();
    fs::hard_link(place.at("a.mp4"), place.at("hard.mp4")).unwrap();
    std::os::unix::fs::symlink(".", place.at("here")).unwrap();
    fs::create_dir(place.at("frames")).unwrap();
    fs::copy(place.at("picture.png"), place.at("frames/frame_000000.png")).unwrap();
    let render = |input: &str, output: &str, more: &[&str]| {
        let all = ["render", "--input", input, "--output", output];
        place.assert_refused(&[&all[..], more].concat());
    };

    for output in ["a.mp4", "./a.mp4", "here/a.mp4", "soft.mp4", "hard.mp4"] {
        render("a.mp4", output, &[]);
        place.assert_refused(&["track", "--input", "a.mp4", "--output", output]);
    }
    render("a.mp4", "new.mp4", &["--report", "a.mp4"]);
    render("a.mp4", "new.mp4", &["--report", "new.mp4"]);
    render("a.mp4", "picture.png", &["--style", "picture.png"]);
    let style = ["--style", "picture.png", "--report", "here/picture.png"];
    render("a.mp4", "new.mp4", &style);
    render("a.mp4", "picture.png", &["--style-b", "picture.png"]);
    render("frames", "frames", &[]);
    render("frames/frame_000000.png", "frames", &[]);
    let track = ["track", "--input", "a.mp4", "--output", "new.csv"];
    place.assert_refused(&[&track[..], &["--debug-video", "soft.mp4"]].concat());
    place.assert_refused(&[&track[..], &["--debug-video", "new.csv"]].concat());
    let upscale = ["upscale", "--input", "picture.png"];
    place.assert_refused(&[&upscale[..], &["--output", "picture.png"]].concat());
    place.assert_refused(&[&upscale[..], &["--output", "."]].concat());
    place.assert_refused(&["styles", "face", "picture.png", "--output", "picture.png"]);
}

#[test]
fn the_unfinished_file_never_takes_a_name_that_is_taken() {
    let place = Place::new();
    fs::copy(demo(), place.at("b.part.mp4")).unwrap();

    let done = place.render("b.part.mp4", "b.mp4", &[]);

    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(
        fs::read(place.at("b.part.mp4")).unwrap(),
        fs::read(demo()).unwrap()
    );
    assert_eq!(frames_of(&place.at("b.mp4")), 60);
    assert!(!place.at("b.part-2.mp4").exists());
}

#[test]
fn two_renders_to_one_output_do_not_mix() {
    let place = Place::new();
    let start = |style: &'static str| {
        let mut arguments = vec!["render", "--input", "a.mp4", "--output", "o.mp4"];
        arguments.extend(&QUICK[2..]);
        arguments.extend(["--style", style]);
        place
            .vizard(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (first, second) = (start("ink_wash"), start("neon"));

    for child in [first, second] {
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", said(&done));
    }

    assert_eq!(frames_of(&place.at("o.mp4")), 60);
    let parts = place.files();
    assert!(!parts.iter().any(|(name, _)| name.contains("part")));
}

#[test]
fn a_cut_clip_leaves_the_old_output_and_says_where_the_rest_is() {
    let place = Place::new();
    let olds = ["out.mp4", "boxes.csv", "report.json", "seen.mp4"];
    for old in olds {
        fs::write(place.at(old), "old").unwrap();
    }

    let rendered = place.render("cut.mp4", "out.mp4", &["--report", "report.json"]);
    let track = ["track", "--input", "cut.mp4", "--output", "boxes.csv"];
    let shape = ["--size", "160x90", "--debug-video", "seen.mp4"];
    let tracked = place.run(&[&track[..], &shape].concat());

    for (done, kept) in [(&rendered, "out.part.mp4"), (&tracked, "boxes.part.csv")] {
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        let said = said(done);
        assert!(said.contains("cut.mp4 is damaged or cut off"), "{said}");
        assert!(said.contains(kept), "{said}");
    }
    assert!(said(&tracked).contains("seen.part.mp4"));
    for old in olds {
        assert_eq!(fs::read(place.at(old)).unwrap(), b"old", "{old}");
    }
    assert!(frames_of(&place.at("out.part.mp4")) > 2);
    assert!(frames_of(&place.at("seen.part.mp4")) > 2);
    let rows = fs::read_to_string(place.at("boxes.part.csv")).unwrap();
    assert!(rows.starts_with("frame,id,") && rows.lines().count() > 3);
}

#[test]
fn a_full_disk_leaves_what_was_written_where_the_sentence_says() {
    let place = Place::new();
    fs::write(place.at("x.mp4"), "old").unwrap();
    let mut words = vec!["render", "--input", "a.mp4", "--output", "x.mp4"];
    words.extend(["--style", "neon", "--region", "frame", "--strength", "0"]);
    let vizard = place.vizard(&words);
    // A limit on the size of a file is a full disk for one process.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\""])
        .arg(vizard.get_program())
        .args(vizard.get_args())
        .current_dir(place.0.path())
        .stdin(Stdio::null());

    let done = shell.output().unwrap();

    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let said = said(&done);
    assert!(said.contains("the disk is full"), "{said}");
    assert!(said.contains("plays as x.part.mp4"), "{said}");
    assert_eq!(fs::read(place.at("x.mp4")).unwrap(), b"old");
    let frames = frames_of(&place.at("x.part.mp4"));
    assert!((5..180).contains(&frames), "{frames} frames");
}

#[test]
fn without_a_display_no_file_of_the_demos_name_is_replaced() {
    let place = Place::new();
    fs::write(place.at("vizard-demo.mp4"), "mine").unwrap();

    let done = place.run(&["--size", "160x90", "--region", "frame", "--strength", "0"]);

    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(fs::read(place.at("vizard-demo.mp4")).unwrap(), b"mine");
    assert_eq!(frames_of(&place.at("vizard-demo-2.mp4")), 180);
    assert!(said(&done).contains("writing vizard-demo-2.mp4"));
}

#[test]
fn a_link_to_another_file_is_written_through_when_the_new_one_is_whole() {
    let place = Place::new();
    fs::create_dir(place.at("far")).unwrap();
    fs::write(place.at("far/film.mp4"), "old").unwrap();
    std::os::unix::fs::symlink("far/film.mp4", place.at("link.mp4")).unwrap();

    let done = place.render("a.mp4", "link.mp4", &[]);

    assert!(done.status.success(), "{}", said(&done));
    assert!(
        fs::symlink_metadata(place.at("link.mp4"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(frames_of(&place.at("far/film.mp4")), 60);
}
