//! Super-resolution: tiles against the whole, a head in its frame, the command line, and the figures of the
//! literature where Set5 and Set14 lie beside the repository (`../shared`; else those are skipped).
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may fail as tests do, and say what is wrong or missing"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use vizard::domain::face::Crop;
use vizard::domain::frame::{Picture, Size};
use vizard::domain::geometry::{Point, Transform};
use vizard::domain::settings::{ProviderChoice, UpscaleNetwork};
use vizard::inference::runtime::Places;
use vizard::inference::store::ModelStore;
use vizard::pictures::{Limits, read, write_png};
use vizard::pipeline::networks::{NetworkChoice, UpscaleNetworks};
use vizard::stages::upscale::head::{self, Part};
use vizard::stages::upscale::{Upscaler, tiles};

fn open(enlarger: UpscaleNetwork) -> Upscaler {
    let choice = NetworkChoice {
        places: Places::of_this_process(None, false),
        store: ModelStore::BuiltIn,
        provider: ProviderChoice::Cpu,
    };
    let networks = UpscaleNetworks::find(&choice, 1).unwrap();
    networks.open(enlarger).unwrap()
}

/// Soft waves with a hard edge; no two places are alike.
fn waves(size: Size) -> Picture {
    let pixel = |i: u32| {
        let (x, y) = ((i % size.width) as f32, (i / size.width) as f32);
        let wave = (x * 0.31 + y * y * 0.002).sin() * 90.0 + 128.0;
        let edge = if x * 0.7 > y { 40.0 } else { 0.0 };
        [
            wave as u8,
            (wave * 0.5 + edge) as u8,
            (255.0 - wave) as u8,
            255,
        ]
    };
    let bytes = (0..size.width * size.height).flat_map(pixel).collect();
    Picture::from_rgba(size, bytes).unwrap()
}

fn vizard(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vizard"));
    command.args(arguments).env("RUST_LOG", "off");
    command.stdin(Stdio::null()).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let done = vizard(&[arguments, &["--json"]].concat());
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// A file or folder of `../shared`, or `None` with a line that says so.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let found = Some(shared.join(path)).filter(|path| path.exists());
    if found.is_none() {
        // A skipped test says why, in `cargo test -- --nocapture`.
        eprintln!("skipped: {path} is not beside the repository");
    }
    found
}

#[test]
fn tiles_put_together_are_the_picture_enlarged_at_once() {
    for enlarger in UpscaleNetwork::ALL {
        let mut upscaler = open(enlarger);
        let picture = waves(Size::new(210, 201));

        let whole = upscaler.enlarge(&picture).unwrap();
        let tiled = tiles::enlarge_whole(&mut upscaler, &picture).unwrap();

        assert_eq!(whole.size(), tiled.size());
        let pairs = whole.rgba().iter().zip(tiled.rgba());
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // The order of sums may differ in the last bit.
        assert!(worst <= 1, "{}: {worst}", enlarger.name());
    }
}

#[test]
fn an_enlarged_picture_is_the_same_picture() {
    for enlarger in UpscaleNetwork::ALL {
        let picture = waves(Size::new(64, 48));

        let large = open(enlarger).enlarge(&picture).unwrap();

        assert_eq!(large.size(), Size::new(256, 192));
        let mean = |picture: &Picture, channel: usize| {
            let values = picture.rgba().iter().skip(channel).step_by(4);
            values.map(|v| f64::from(*v)).sum::<f64>() / picture.size().pixels() as f64
        };
        for channel in 0..3 {
            let (before, after) = (mean(&picture, channel), mean(&large, channel));
            assert!(
                (before - after).abs() < 2.0,
                "{}: {before} {after}",
                enlarger.name()
            );
        }
    }
}

#[test]
fn an_enlarged_head_stays_in_its_place_and_keeps_its_mask() {
    let mut picture = waves(Size::new(128, 128));
    for (i, pixel) in picture.rgba_mut().chunks_exact_mut(4).enumerate() {
        let far = (i as f32 % 128.0 - 64.0).hypot(i as f32 / 128.0 - 64.0);
        pixel[3] = ((44.0 - far) * 16.0).clamp(0.0, 255.0) as u8;
    }
    for (scale, density) in [(1.5, 2.0), (3.0, 4.0)] {
        let before = Crop {
            picture: picture.clone(),
            frame_from_crop: Transform::scale_then_move(scale, scale, 200.0, 100.0),
        };
        let mut crop = before.clone();

        let part = Part::of(&crop).unwrap();
        head::enlarge(&mut open(UpscaleNetwork::Small), &mut crop, part).unwrap();

        assert!((crop.frame_from_crop.scale() - scale / density).abs() < 1e-5);
        let crop_from_frame = crop.frame_from_crop.inverse().unwrap();
        for (x, y) in [(64, 64), (40, 70), (80, 45), (64, 100)] {
            let middle = Point::new(x as f32 + 0.5, y as f32 + 0.5);
            let at = crop_from_frame * (before.frame_from_crop * middle);
            let (small, large) = (
                before.picture.pixel_clamped(x, y),
                crop.picture.pixel_clamped(at.x as i64, at.y as i64),
            );
            assert!(small[3].abs_diff(large[3]) <= 12, "{small:?} {large:?}");
            assert!(small[0].abs_diff(large[0]) <= 40, "{small:?} {large:?}");
        }
    }
}

#[test]
fn a_picture_and_a_folder_of_pictures_are_enlarged_into_files() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(at("in")).unwrap();
    for name in ["in/a.png", "in/b.png"] {
        write_png(Path::new(&at(name)), &waves(Size::new(40, 30))).unwrap();
    }

    let one = json(&[
        "upscale",
        "--input",
        &at("in/a.png"),
        "--output",
        &at("a.png"),
        "--model",
        "small",
    ]);
    let many = json(&[
        "upscale",
        "--input",
        &at("in"),
        "--output",
        &at("out"),
        "--model",
        "small",
    ]);

    assert_eq!(one["pictures"][0]["to"], "160x120");
    assert_eq!(many["pictures"].as_array().unwrap().len(), 2);
    let picture = read(Path::new(&at("out/b.png")), &Limits::default()).unwrap();
    assert_eq!(picture.size(), Size::new(160, 120));
    assert_eq!(
        picture,
        read(Path::new(&at("a.png")), &Limits::default()).unwrap()
    );
}

#[test]
fn what_cannot_be_enlarged_is_said_in_plain_words() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(at("in")).unwrap();
    write_png(Path::new(&at("in/good.png")), &waves(Size::new(16, 16))).unwrap();
    fs::write(at("in/notes.png"), "no picture").unwrap();
    fs::create_dir(at("empty")).unwrap();
    let said = |input: &str, output: &str| {
        let done = vizard(&[
            "upscale",
            "--model",
            "small",
            "--input",
            &at(input),
            "--output",
            &at(output),
        ]);
        let error = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!error.contains("panicked"), "{error}");
        (done.status.code(), error)
    };

    let (code, error) = said("in", "out");
    assert_eq!(code, Some(1));
    assert!(
        error.contains("1 of 2 pictures could not be enlarged"),
        "{error}"
    );
    assert!(Path::new(&at("out/good.png")).exists());
    assert!(!Path::new(&at("out/notes.png")).exists());
    assert!(said("empty", "out").1.contains("holds no pictures"));
    assert!(said("nowhere.png", "out").1.contains("does not exist"));
    let (code, error) = said("in/good.png", "in");
    assert_eq!(code, Some(2));
    assert!(error.contains("would be written over"), "{error}");
    assert!(
        said("in/good.png", "out.jpg")
            .1
            .contains("give FILE.png or a folder")
    );
    let evaluated = vizard(&["evaluate", "upscale", &at("empty")]);
    assert!(String::from_utf8_lossy(&evaluated.stderr).contains("holds no pictures"));
    let peer = vizard(&["evaluate", "upscale", &at("in"), "--peer", "/nowhere.onnx"]);
    assert!(
        String::from_utf8_lossy(&peer.stderr).contains("the network /nowhere.onnx cannot be read")
    );
}

#[test]
fn the_figures_of_bicubic_and_of_a_known_network_are_those_of_the_literature() {
    let rlfn = shared("models/rlfn-x4/rlfn_x4.onnx");
    for (set, bicubic, peer) in [
        ("Set5", [28.42, 0.810], 32.07),
        ("Set14", [25.99, 0.702], 28.49),
    ] {
        let Some(folder) = shared(&format!("data/super_resolution/test/{set}")) else {
            return;
        };
        let mut arguments = vec![
            "evaluate",
            "upscale",
            folder.to_str().unwrap(),
            "--model",
            "small",
        ];
        let path = rlfn.as_ref().map(|path| path.to_str().unwrap());
        // One set is enough for the slow network.
        if let Some(path) = path.filter(|_| set == "Set5") {
            arguments.extend(["--peer", path]);
        }

        let report = json(&arguments);

        let figure = |way: &str, what: &str| report["mean"][way][what].as_f64().unwrap();
        assert!(
            (figure("bicubic", "psnr_db") - bicubic[0]).abs() <= 0.02,
            "{report}"
        );
        assert!(
            (figure("bicubic", "ssim") - bicubic[1]).abs() <= 0.001,
            "{report}"
        );
        assert!(figure("nearest", "psnr_db") < figure("bicubic", "psnr_db"));
        assert!(
            figure("small", "psnr_db") > figure("bicubic", "psnr_db") + 1.5,
            "{report}"
        );
        if arguments.contains(&"--peer") {
            assert!(
                (figure("rlfn_x4", "psnr_db") - peer).abs() <= 0.02,
                "{report}"
            );
        }
    }
}
