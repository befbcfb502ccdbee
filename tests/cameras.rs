//! Cameras as people own them: made-up ones (`tests/fake_camera`) answer inside the real program.
#![cfg(all(target_os = "linux", target_arch = "x86_64", feature = "camera"))]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbaImage};
use serde_json::Value;
use vizard::domain::frame::{Picture, Size};
use vizard::stages::capture::synthetic::scene;

/// Pictures of a camera before they come again.
const PICTURES: usize = 4;

/// One of them; they differ enough that halves of two are like none.
fn shown(size: Size, at: usize) -> Picture {
    scene(size, at as f32 * 0.7)
}

/// The library that plays the cameras, and the folder of their pictures.
struct Fake {
    library: PathBuf,
    pictures: PathBuf,
}

fn fake() -> &'static Fake {
    static FAKE: OnceLock<Fake> = OnceLock::new();
    FAKE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fake_camera");
        fs::create_dir_all(&folder).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_camera/fakecam.c");
        let library = folder.join("fakecam.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-w", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .status();
        assert!(
            built.unwrap().success(),
            "cc could not build the fake camera"
        );
        for (width, height) in [
            (640, 480),
            (1280, 720),
            (1920, 1080),
            (720, 1280),
            (642, 482),
        ] {
            write_pictures(&folder, Size::new(width, height));
        }
        Fake {
            library,
            pictures: folder,
        }
    })
}

/// `WxH.mjpg`: JPEGs, each behind its length; `WxH.yuyv`: BT.601 in its limited range.
fn write_pictures(folder: &Path, size: Size) {
    let (mut jpegs, mut yuyvs) = (Vec::new(), Vec::new());
    for at in 0..PICTURES {
        let picture = shown(size, at);
        let pixels = picture.rgba().as_chunks::<4>().0;
        let rgb: Vec<u8> = pixels
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b])
            .collect();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 85)
            .write_image(&rgb, size.width, size.height, ExtendedColorType::Rgb8)
            .unwrap();
        jpegs.extend((jpeg.len() as u32).to_le_bytes());
        jpegs.extend(jpeg);
        for pair in pixels.chunks_exact(2) {
            let [y, u, v] = yuv(pair[0]);
            yuyvs.extend([y, u, yuv(pair[1])[0], v]);
        }
    }
    fs::write(folder.join(format!("{size}.mjpg")), jpegs).unwrap();
    fs::write(folder.join(format!("{size}.yuyv")), yuyvs).unwrap();
}

fn yuv([r, g, b, _]: [u8; 4]) -> [u8; 3] {
    let [r, g, b] = [r, g, b].map(|part| f64::from(part) / 255.0);
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    let (u, v) = ((b - y) / 1.772, (r - y) / 1.402);
    [16.0 + 219.0 * y, 128.0 + 224.0 * u, 128.0 + 224.0 * v].map(|part| part.round() as u8)
}

/// What the program said, and its exit code.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn camera(&self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.json()["camera"].as_str().unwrap().to_owned()
    }

    fn number(&self, key: &str) -> f64 {
        self.json()[key].as_f64().unwrap()
    }

    fn losses(&self) -> Vec<String> {
        let losses = self.json()["losses"].as_array().unwrap().clone();
        losses
            .iter()
            .map(|why| why.as_str().unwrap().to_owned())
            .collect()
    }

    fn sentence(&self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

/// Runs `vizard cameras` with these cameras, `NUMBER:KIND:NAME;…`.
fn cameras_with(cameras: &str, also: &str, arguments: &str) -> Said {
    let fake = fake();
    let done = Command::new(env!("CARGO_BIN_EXE_vizard"))
        .arg("cameras")
        .args(arguments.split_whitespace())
        .env("LD_PRELOAD", &fake.library)
        .env("FAKE_CAMS", cameras)
        .env("FAKE_ALSO", also)
        .env("FAKE_FRAMES", &fake.pictures)
        .env("RUST_LOG", "off")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = Said {
        code: done.status.code(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    };
    assert!(!said.err.contains("panicked"), "{cameras}: {said:?}");
    assert!(!said.err.contains("os error"), "{cameras}: {said:?}");
    said
}

fn cameras(cameras: &str, arguments: &str) -> Said {
    cameras_with(cameras, "", arguments)
}

/// A second of camera 0, of this kind.
fn tested(kind: &str, more: &str) -> Said {
    let test = format!("--test 0 --seconds 1 --json {more}");
    cameras(&format!("0:{kind}:Cam"), &test)
}

/// Checks all cases, a few at a time.
fn each<T: Sync>(cases: &[T], check: impl Fn(&T) + Sync) {
    let check = &check;
    for few in cases.chunks(4) {
        thread::scope(|scope| {
            for case in few {
                scope.spawn(move || check(case));
            }
        });
    }
}

fn picture(path: &Path) -> RgbaImage {
    image::open(path).unwrap().into_rgba8()
}

fn difference(a: &RgbaImage, b: &[u8]) -> f64 {
    assert_eq!(a.as_raw().len(), b.len());
    let sum: u64 = a
        .as_raw()
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / b.len() as f64
}

/// How far a picture is from the nearest of those that the camera showed.
fn nearest_scene(picture: &RgbaImage) -> f64 {
    let size = Size::new(picture.width(), picture.height());
    let far = (0..PICTURES).map(|at| difference(picture, shown(size, at).rgba()));
    far.fold(f64::INFINITY, f64::min)
}

#[test]
fn the_nearest_size_and_rate_are_taken_and_a_wish_is_no_condition() {
    let cases = [
        ("yuyv", "", "Cam, YUYV 640x480", 30),
        ("hd1080", "", "Cam, MJPG 1920x1080", 30),
        ("portrait", "", "Cam, MJPG 720x1280", 30),
        ("odd", "", "Cam, YUYV 642x482", 30),
        ("slowhd", "", "Cam, MJPG 640x480", 30),
        ("ok", "", "Cam, MJPG 1280x720", 30),
        ("ok", "--size 500x300", "Cam, MJPG 640x480", 30),
        ("ok", "--size 500x300 --fps 12", "Cam, MJPG 640x480", 15),
        ("norates", "", "Cam, MJPG 1280x720", 30),
        ("noparm", "", "Cam, MJPG 1280x720", 30),
        ("r2997", "", "Cam, MJPG 640x480", 30),
        ("mixed", "", "Cam, MJPG 1280x720", 30),
        ("loopon", "", "Cam, YUYV 1280x720", 30),
        ("nosizes", "", "Cam, YUYV 640x480", 30),
        ("endless", "", "Cam, YUYV 640x480", 30),
        ("nv12", "", "Cam, NV12 640x480", 30),
        ("nospc", "", "Cam, YUYV 640x480", 30),
        ("refuse", "", "Cam, YUYV 640x480", 30),
    ];
    each(&cases, |(kind, shape, agreed, fps)| {
        let said = tested(kind, shape);

        assert_eq!(said.camera(), *agreed, "{kind}");
        let measured = said.number("fps");
        let rate = f64::from(*fps);
        // Four programs at once on two cores may lose a few.
        let right = (rate * 0.6..rate * 1.1).contains(&measured);
        assert!(right, "{kind}: {measured}");
    });
}

#[test]
fn other_names_in_dev_neither_hide_cameras_nor_double_them() {
    let also = "video_front;video;video0a;video+0;video00;v4l";

    let said = cameras_with("0:ok:Cam", also, "--json");

    let list = said.json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list[0]["name"], "Cam");
    assert_eq!(list[0]["bus"], "usb-fake-0");
}

#[test]
fn a_stable_name_is_taken_and_a_dead_one_told() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("usb-Foo-video-index0");
    symlink("/dev/video2", &link).unwrap();
    let test = |path: &Path| {
        let test = format!("--seconds 1 --json --test {}", path.display());
        cameras("0:ok:First;2:ok:Second", &test)
    };

    assert_eq!(test(&link).camera(), "Second, MJPG 1280x720");
    let dead = test(&folder.path().join("missing"));
    assert!(
        dead.sentence()
            .contains("was not found (there is 0 First, 2 Second)"),
        "{dead:?}"
    );
}

#[test]
fn without_a_name_the_first_camera_that_can_be_read_is_taken() {
    let others = [
        "0:grey:IR",
        "0:bayer:Raw 0;1:bayer:Raw 1",
        "0:meta:Data;1:mplane:Board;2:radio:Radio",
        "0:denied:Mine",
        "0:busy:Busy",
        "0:loop:Virtual",
        "0:hang:Stuck",
        "0:never:Silent",
    ];
    each(&others, |others| {
        let said = cameras(&format!("{others};40:ok:Good"), "--test --seconds 1 --json");

        assert_eq!(said.camera(), "Good, MJPG 1280x720", "{others}");
    });
}

#[test]
fn each_device_that_is_not_used_is_listed_with_the_true_reason() {
    let all = "0:grey:IR;1:y16:Depth;2:bayer:Raw;3:meta:Data;4:mplane:Board;5:denied:Mine;\
               6:hang:Stuck;7:radio:Radio;8:be:Thermal;9:h264:Stream;40:ok:Good";
    let reasons = [
        "GREY (black and white",
        "Y16 (black and white",
        "pBAA (raw data of a sensor)",
        "data about pictures",
        "multiplanar",
        "permission denied",
        "did not answer for 2 s",
        "sends no pictures",
        "Y16-BE (black and white",
        "it sends H264 only",
    ];

    let said = cameras(all, "--json");

    let list = said.json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), reasons.len() + 1);
    for (camera, reason) in list.iter().zip(reasons) {
        let told = camera["trouble"].as_str().unwrap();
        assert!(told.contains(reason), "{told}");
        assert!(told.contains(camera["name"].as_str().unwrap()), "{told}");
    }
    assert!(list.last().unwrap()["trouble"].is_null());
}

#[test]
fn damaged_and_cut_pictures_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    each(&["short", "cutjpg", "empty", "green"], |kind| {
        let path = folder.path().join(format!("{kind}.png"));
        let more = format!("--size 640x480 --picture {}", path.display());

        let said = tested(kind, &more);

        // Two of three are whole, or all after the first ten.
        let rate = said.number("frames") / 30.0;
        let most = if ["short", "cutjpg"].contains(kind) {
            0.8
        } else {
            1.1
        };
        assert!((0.35..most).contains(&rate), "{kind}: {rate}");
        let far = nearest_scene(&picture(&path));
        assert!(far < 3.0, "{kind}: {far}");
    });
}

#[test]
fn what_is_seen_is_what_was_sent_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    each(&["yuyv", "full", "wide", "nohuff", "odd"], |kind| {
        let path = folder.path().join(format!("{kind}.png"));
        let said = tested(
            kind,
            &format!("--size 640x480 --picture {}", path.display()),
        );

        assert_eq!(said.code, Some(0), "{said:?}");
        let far = nearest_scene(&picture(&path));
        assert!(far < 3.0, "{kind}: {far}");
    });
}

#[test]
fn another_camera_of_the_same_name_does_not_take_the_place_of_a_lost_one() {
    let said = cameras(
        "0:unplug:HD Webcam;2:ok:HD Webcam",
        "--test 0 --seconds 4 --json",
    );

    assert!(said.number("frames") <= 31.0, "{said:?}");
    assert_eq!(
        said.losses(),
        ["HD Webcam was unplugged; plug it in again"],
        "{said:?}"
    );
}

#[test]
fn a_camera_that_comes_back_under_another_number_is_found_again() {
    let said = cameras(
        "0:replug:HD Webcam;2:ok:HD Webcam",
        "--test 0 --seconds 4 --json --size 640x480",
    );

    assert!(said.number("frames") > 40.0, "{said:?}");
    assert_eq!(said.camera(), "HD Webcam, MJPG 640x480");
    assert_eq!(said.losses(), ["HD Webcam was unplugged; plug it in again"]);
}

#[test]
fn each_trouble_is_told_in_words_of_its_own() {
    let cases = [
        ("loop", "nobody feeds it"),
        ("busy", "in use by another program"),
        ("denied", "permission denied"),
        ("meta", "it sends data about pictures, and no pictures"),
        ("grey", "it sends GREY"),
        ("h264", "it sends H264 only, which Vizard does not read"),
        ("never", "did not answer for 8 s"),
    ];
    each(&cases, |(kind, words)| {
        let said = tested(kind, "");

        assert!(said.sentence().contains(words), "{said:?}");
        assert!(said.sentence().starts_with("Cam "), "{said:?}");
    });
}

#[test]
fn a_stream_that_breaks_off_is_opened_anew() {
    let said = cameras("0:eio:Cam", "--test 0 --seconds 4 --json");

    assert!(said.number("frames") > 40.0, "{said:?}");
    let losses = said.losses();
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert!(losses[0].starts_with("Cam broke off"), "{losses:?}");
}

#[test]
fn pictures_may_change_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grown.png");
    let more = format!("--size 640x480 --picture {}", path.display());

    let said = cameras(
        "0:grown:Cam",
        &format!("--test 0 --seconds 3 --json {more}"),
    );

    assert_eq!(said.losses(), [""; 0]);
    assert_eq!(picture(&path).dimensions(), (1280, 720));
}
