//! `--region painting`: the styled head in the reference picture, and nothing of the photo beside it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::{Path, PathBuf};
use std::process::Command;

use vizard::domain::frame::{Picture, Size};
use vizard::pictures::{Limits, part, read, write_png};
use vizard::stages::capture::{FileOptions, Polled, open_file};

/// One frame of the demo, where its sitter looks into the camera.
fn photo() -> Picture {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4");
    let options = FileOptions::default();
    let mut source = open_file(&demo, &options).unwrap();
    let mut frames = Vec::new();
    while frames.len() < 31 {
        if let Polled::Frame(frame) = source.next(std::time::Duration::from_secs(1)).unwrap() {
            frames.push(frame);
        }
    }
    Picture::clone(&frames[30].picture)
}

fn rendered(photo: &Picture, style: &str, folder: &Path, name: &str) -> Picture {
    let (input, output) = (folder.join(format!("{name}.png")), folder.join("out.png"));
    write_png(&input, photo).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .args([
            "render", "--region", "painting", "--style", style, "--input",
        ])
        .arg(&input)
        .arg("--output")
        .arg(&output)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    read(&output, &Limits::default()).unwrap()
}

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/styles")
        .join(name)
}

/// The mean difference of bytes.
fn apart(a: &Picture, b: &Picture) -> f32 {
    let pairs = a.rgba().iter().zip(b.rgba());
    let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / a.rgba().len() as f32
}

#[test]
fn nothing_of_the_photo_shows_beside_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let photo = photo();
    let size = photo.size();
    let mut repainted = photo.clone();
    let pixels = repainted.rgba_mut().as_chunks_mut::<4>().0;
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let x = i as u32 % size.width;
        if x < size.width / 6 || x > size.width * 5 / 6 {
            *pixel = [255, 0, 255, 255];
        }
    }

    for style in ["oil_portrait", "watercolour"] {
        let first = rendered(&photo, style, folder.path(), "first");
        let second = rendered(&repainted, style, folder.path(), "second");

        for left in [0, size.width * 7 / 8] {
            let strip =
                |picture: &Picture| part(picture, left, 0, Size::new(size.width / 8, size.height));
            let gap = apart(&strip(&first), &strip(&second));
            assert!(gap < 1.0, "{style}: {gap}");
            assert!(apart(&strip(&first), &strip(&photo)) > 5.0);
        }
    }
}

#[test]
fn a_picture_without_a_face_hangs_over_the_whole_frame() {
    let folder = tempfile::tempdir().unwrap();
    let photo = Picture::filled(Size::new(320, 180), [90, 120, 150, 255]);

    let shown = rendered(&photo, "wave_print", folder.path(), "empty");

    let wave = read(&reference("wave_print.jpg"), &Limits::default()).unwrap();
    let middle = |picture: &Picture| {
        let Size { width, height } = picture.size();
        let side = width.min(height) / 2;
        let cut = part(
            picture,
            (width - side) / 2,
            (height - side) / 2,
            Size::new(side, side),
        );
        vizard::pictures::scaled(&cut, Size::new(32, 32))
    };
    // The picture is shown in its middle, at another scale: the same colours.
    let mean = |picture: &Picture| {
        let pixels = picture.rgba().as_chunks::<4>().0;
        let sum = |c: usize| pixels.iter().map(|p| f32::from(p[c])).sum::<f32>();
        [0, 1, 2].map(|c| sum(c) / pixels.len() as f32)
    };
    let (ours, theirs) = (mean(&middle(&shown)), mean(&middle(&wave)));
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() < 30.0, "{ours:?} {theirs:?}");
    }
    assert!(apart(&shown, &photo) > 10.0);
}
