//! Sources of frames: what is played, and what is said of what cannot be played.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use image::codecs::gif::GifEncoder;
use image::{Delay, Frame as GifFrame, Rgba, RgbaImage};
use vizard::domain::frame::{FrameTime, Picture, Size};
use vizard::domain::timing::Clock;
use vizard::pictures::write_png;
use vizard::stages::capture::{
    CaptureError, FileOptions, FrameSource, Looping, Paced, Polled, SourceFrame, SourceInfo,
    Synthetic, open_file, open_mp4_bytes,
};

const LIMIT: Duration = Duration::from_millis(200);

fn without_ffmpeg() -> FileOptions {
    FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    }
}

fn ways() -> [FileOptions; 2] {
    [without_ffmpeg(), FileOptions::default()]
}

fn has_ffmpeg() -> bool {
    let asked = Command::new("ffmpeg")
        .arg("-version")
        .stdout(Stdio::null())
        .status();
    if asked.is_err() {
        println!("skipped: ffmpeg is not installed");
    }
    asked.is_ok()
}

/// Runs ffmpeg with `arguments`, the file to be written last.
fn ffmpeg(arguments: &str, to: &Path) {
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success(), "ffmpeg {arguments}");
}

/// All frames, and the error that ended them.
fn play(source: &mut dyn FrameSource) -> (Vec<SourceFrame>, Option<CaptureError>) {
    let mut frames = Vec::new();
    loop {
        match source.next(LIMIT) {
            Ok(Polled::Frame(frame)) => frames.push(frame),
            Ok(Polled::Waiting | Polled::Lost { .. }) => {}
            Ok(Polled::Ended) => return (frames, None),
            Err(error) => return (frames, Some(error)),
        }
    }
}

fn open(path: &Path, options: &FileOptions) -> Box<dyn FrameSource> {
    open_file(path, options).unwrap()
}

fn frames_of(path: &Path, options: &FileOptions) -> Vec<SourceFrame> {
    let (frames, error) = play(&mut open(path, options));
    assert!(error.is_none(), "{error:?}");
    frames
}

fn refused(path: &Path, options: &FileOptions) -> String {
    match open_file(path, options) {
        Err(error) => error.to_string(),
        Ok(mut source) => play(&mut source).1.expect("an error").to_string(),
    }
}

fn millis(frames: &[SourceFrame]) -> Vec<u128> {
    frames
        .iter()
        .map(|frame| frame.shown_at.0.as_millis())
        .collect()
}

/// Mean distance of two pictures' bytes.
fn distance(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(a.size(), b.size());
    let sum: u64 = a
        .rgba()
        .iter()
        .zip(b.rgba())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.rgba().len() as f64
}

struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).unwrap();
        self.at(name)
    }
}

const TEST_CLIP: &str = "-f lavfi -i testsrc=size=320x240:rate=25:duration=1 -pix_fmt yuv420p";

#[test]
fn a_picture_is_one_frame() {
    let shop = Workshop::new();
    let picture = Picture::filled(Size::new(8, 6), [1, 2, 3, 255]);
    write_png(&shop.at("one.png"), &picture).unwrap();

    let source = open(&shop.at("one.png"), &FileOptions::default());
    let frames = frames_of(&shop.at("one.png"), &FileOptions::default());

    assert_eq!(source.describe().frames, Some(1));
    assert_eq!(source.describe().size, Some(Size::new(8, 6)));
    assert_eq!(frames.len(), 1);
    assert_eq!(
        (&frames[0].picture, frames[0].shown_at),
        (&picture, FrameTime::default())
    );
}

#[test]
fn a_folder_plays_in_the_order_in_which_people_count_and_may_change_its_size() {
    let shop = Workshop::new();
    for number in [10, 9, 1] {
        let picture = Picture::filled(Size::new(number, 4), [number as u8, 0, 0, 255]);
        write_png(&shop.at(&format!("{number}.png")), &picture).unwrap();
    }
    shop.file("notes.txt", b"not a frame");
    shop.file(".hidden.png", b"not a frame");

    let frames = frames_of(shop.0.path(), &FileOptions::default());

    let widths: Vec<u32> = frames
        .iter()
        .map(|frame| frame.picture.size().width)
        .collect();
    assert_eq!(widths, [1, 9, 10]);
    assert_eq!(millis(&frames), [0, 33, 66]);
}

#[test]
fn a_folder_with_a_broken_picture_plays_up_to_it_and_names_it() {
    let shop = Workshop::new();
    write_png(
        &shop.at("1.png"),
        &Picture::filled(Size::new(4, 4), [0, 0, 0, 255]),
    )
    .unwrap();
    shop.file("2.png", b"\x89PNG\r\n\x1a\n and no more");

    let (frames, error) = play(&mut open(shop.0.path(), &FileOptions::default()));

    assert_eq!(frames.len(), 1);
    assert!(
        error
            .unwrap()
            .to_string()
            .contains("2.png is damaged or cut off")
    );
}

fn gif(delays_ms: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for (at, delay) in delays_ms.iter().enumerate() {
        let image = RgbaImage::from_pixel(20, 10, Rgba([at as u8 * 60, 0, 0, 255]));
        let delay = Delay::from_numer_denom_ms(*delay, 1);
        encoder
            .encode_frame(GifFrame::from_parts(image, 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    bytes
}

#[test]
fn a_gif_keeps_its_own_times() {
    let shop = Workshop::new();
    let path = shop.file("a.gif", &gif(&[100, 300, 0, 50]));

    let frames = frames_of(&path, &FileOptions::default());

    // A delay of nothing is shown for 100 ms, as browsers do.
    assert_eq!(millis(&frames), [0, 100, 400, 500]);
    assert_eq!(frames[0].picture.size(), Size::new(20, 10));
    assert!(frames[2].picture.pixel_clamped(3, 3)[0].abs_diff(120) < 4);
}

#[test]
fn a_gif_that_is_cut_off_plays_up_to_there() {
    let shop = Workshop::new();
    let whole = gif(&[100; 4]);
    let path = shop.file("a.gif", &whole[..whole.len() * 3 / 5]);

    let (frames, error) = play(&mut open(&path, &FileOptions::default()));

    assert!((1..4).contains(&frames.len()));
    assert!(
        error
            .unwrap()
            .to_string()
            .contains("a.gif is damaged or cut off after")
    );
}

#[test]
fn both_readers_give_the_same_frames_of_a_clip() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    let kinds = [
        ("plain", "-c:v libx264 -bf 0"),
        ("b-frames", "-c:v libx264 -bf 3 -g 12"),
        (
            "bt709",
            "-c:v libx264 -vf scale=out_color_matrix=bt709 -colorspace bt709 -color_primaries bt709 -color_trc bt709",
        ),
        (
            "fragmented",
            "-c:v libx264 -movflags frag_keyframe+empty_moov+default_base_moof -g 10",
        ),
        (
            "index-first",
            "-c:v libx264 -movflags +faststart -profile:v baseline",
        ),
        ("odd-crop", "-c:v libx264 -vf crop=318:234"),
        (
            "uneven",
            "-c:v libx264 -vf select='not(eq(mod(n\\,5)\\,2))' -fps_mode vfr",
        ),
    ];
    for (name, options) in kinds {
        let path = shop.at(&format!("{name}.mp4"));
        ffmpeg(&format!("{TEST_CLIP} {options}"), &path);

        let [ours, theirs] = ways().map(|way| frames_of(&path, &way));

        assert_eq!(ours.len(), theirs.len(), "{name}");
        assert_eq!(millis(&ours), millis(&theirs), "{name}");
        for (at, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            let apart = distance(&our.picture, &their.picture);
            assert!(apart < 3.0, "{name}: frame {at} is {apart:.2} apart");
        }
        let told = open(&path, &without_ffmpeg()).describe();
        assert_eq!(told.frames, Some(ours.len() as u64), "{name}");
        assert_eq!(told.size, Some(ours[0].picture.size()), "{name}");
    }
}

#[test]
fn a_turned_clip_is_upright_in_both_readers() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    ffmpeg(&format!("{TEST_CLIP} -c:v libx264"), &shop.at("flat.mp4"));
    for turn in [90, 180, 270] {
        let path = shop.at(&format!("turned-{turn}.mp4"));
        let flat = shop.at("flat.mp4");
        let from = format!("-display_rotation {turn} -i {} -c copy", flat.display());
        let done = Command::new("ffmpeg")
            .args(["-v", "error", "-y"])
            .args(from.split(' '))
            .arg(&path)
            .status();
        if !done.unwrap().success() {
            // Before version 6 the turn was a tag.
            let turn = (360 - turn) % 360;
            ffmpeg(
                &format!("-i {} -c copy -metadata:s:v rotate={turn}", flat.display()),
                &path,
            );
        }

        let [ours, theirs] = ways().map(|way| frames_of(&path, &way));

        let size = if turn == 180 {
            Size::new(320, 240)
        } else {
            Size::new(240, 320)
        };
        assert_eq!(theirs[0].picture.size(), size);
        assert!(
            distance(&ours[9].picture, &theirs[9].picture) < 3.0,
            "turned by {turn}"
        );
    }
}

#[test]
fn other_formats_play_through_ffmpeg_and_ask_for_it_otherwise() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    for (name, options) in [
        ("a.mkv", "-c:v mpeg4"),
        ("a.avi", "-c:v mjpeg"),
        ("a.mp4", "-c:v mpeg4"),
    ] {
        let path = shop.at(name);
        ffmpeg(&format!("{TEST_CLIP} {options}"), &path);

        let frames = frames_of(&path, &FileOptions::default());
        let error = refused(&path, &without_ffmpeg());

        assert_eq!(
            (frames.len(), frames[0].picture.size()),
            (25, Size::new(320, 240))
        );
        assert!(
            error.contains("install ffmpeg (apt install ffmpeg)"),
            "{error}"
        );
    }
}

#[test]
fn a_clip_that_changes_its_size_keeps_the_first() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    for (name, size) in [("1.ts", "320x240"), ("2.ts", "160x200")] {
        let from = format!("-f lavfi -i testsrc=size={size}:rate=25:duration=1 -pix_fmt yuv420p");
        ffmpeg(&format!("{from} -c:v mpeg2video"), &shop.at(name));
    }
    let both = [
        fs::read(shop.at("1.ts")).unwrap(),
        fs::read(shop.at("2.ts")).unwrap(),
    ]
    .concat();
    let path = shop.file("both.ts", &both);

    let frames = frames_of(&path, &FileOptions::default());

    assert!(frames.len() >= 49, "{} frames", frames.len());
    assert!(
        frames
            .iter()
            .all(|frame| frame.picture.size() == Size::new(320, 240))
    );
    assert!(millis(&frames).is_sorted());
}

#[test]
fn a_large_clip_is_scaled_down() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    let path = shop.at("large.mp4");
    ffmpeg(&format!("{TEST_CLIP} -c:v libx264"), &path);
    for mut way in ways() {
        way.limits.max_side = 100;

        let frames = frames_of(&path, &way);

        assert_eq!(
            (frames.len(), frames[0].picture.size()),
            (25, Size::new(100, 75))
        );
    }
}

#[test]
fn what_is_no_clip_is_refused_with_a_reason() {
    let shop = Workshop::new();
    let text = shop.file("text.mp4", b"Dear diary, today I renamed a text file.");
    let readme = shop.file("readme.txt", &b"All of this is text.\n".repeat(50));
    let empty = shop.file("empty.mp4", b"");
    let missing = shop.at("missing.mp4");
    let no_pictures = shop.at("folder");
    fs::create_dir(&no_pictures).unwrap();
    for way in ways() {
        if way.use_ffmpeg && !has_ffmpeg() {
            continue;
        }
        assert!(refused(&empty, &way).ends_with("is empty (0 bytes); choose another file"));
        assert!(refused(&missing, &way).ends_with("does not exist; check the path"));
        assert!(refused(&no_pictures, &way).contains("holds no pictures"));
        for path in [&text, &readme] {
            let error = refused(path, &way);
            let wanted = [
                "is neither a picture nor a clip",
                "cannot be read without ffmpeg",
            ];
            assert!(wanted.iter().any(|words| error.contains(words)), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_instead_of_waiting_for_ever() {
    let shop = Workshop::new();
    let path = shop.at("pipe");
    let made = Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }

    let error = refused(&path, &FileOptions::default());

    assert!(error.contains("is neither a file nor a folder"), "{error}");
}

#[test]
fn clips_that_are_cut_off_or_without_video_say_so() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    ffmpeg(
        &format!("{TEST_CLIP} -c:v libx264 -g 5"),
        &shop.at("late-index.mp4"),
    );
    ffmpeg(
        &format!("{TEST_CLIP} -c:v libx264 -g 5 -movflags +faststart"),
        &shop.at("index.mp4"),
    );
    ffmpeg(
        "-f lavfi -i sine=duration=1 -c:a aac",
        &shop.at("sound.mp4"),
    );
    let cut = |name: &str| {
        let bytes = fs::read(shop.at(name)).unwrap();
        shop.file(&format!("cut-{name}"), &bytes[..bytes.len() * 3 / 5])
    };
    let (no_index, half) = (cut("late-index.mp4"), cut("index.mp4"));
    for way in ways() {
        let error = refused(&no_index, &way);
        assert!(error.contains("cut-late-index.mp4 is "), "{error}");

        let (frames, error) = play(&mut open(&half, &way));
        let error = error.expect("the end is missing").to_string();
        assert!((5..23).contains(&frames.len()), "{} frames", frames.len());
        assert!(
            error.contains(&format!("cut off after {} frames", frames.len())),
            "{error}"
        );

        let error = refused(&shop.at("sound.mp4"), &way);
        assert!(
            error.ends_with("holds no pictures to play; choose a clip with video"),
            "{error}"
        );
    }
}

#[test]
fn damage_anywhere_in_an_mp4_is_an_error_or_a_picture_but_never_a_panic() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    let clip = "-f lavfi -i testsrc=size=64x48:rate=25:duration=0.4 -pix_fmt yuv420p -c:v libx264";
    for kind in ["-bf 2", "-movflags frag_keyframe+empty_moov"] {
        ffmpeg(&format!("{clip} {kind}"), &shop.at("small.mp4"));
        let whole = fs::read(shop.at("small.mp4")).unwrap();
        let mut seed = 1_u32;
        for round in 0..150 {
            let mut damaged = whole.clone();
            for _ in 0..4 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = seed as usize / 5 % damaged.len();
                damaged[at] = (seed >> 24) as u8;
            }
            let path = shop.file("damaged.mp4", &damaged);
            if let Ok(mut source) = open_file(&path, &without_ffmpeg()) {
                let frames = play(&mut source).0.len();
                assert!(frames <= 1000, "round {round}: {frames} frames");
            }
        }
    }
}

#[cfg(unix)]
fn script(shop: &Workshop, name: &str, lines: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = shop.file(name, format!("#!/bin/sh\n{lines}\n").as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn an_ffmpeg_that_hangs_is_given_up() {
    let shop = Workshop::new();
    let clip = shop.file("clip.mkv", b"anything");
    let answer = r#"{"streams":[{"width":4,"height":2,"avg_frame_rate":"25/1"}],"format":{"format_name":"matroska"}}"#;
    let options = FileOptions {
        ffprobe: script(&shop, "ffprobe", &format!("echo '{answer}'")),
        ffmpeg: script(&shop, "ffmpeg", "exec sleep 20"),
        stall: Duration::from_millis(400),
        ..FileOptions::default()
    };
    let mute_probe = FileOptions {
        ffprobe: script(&shop, "mute", "exec sleep 20"),
        ..options.clone()
    };
    let clock = Clock::system();

    let error = refused(&clip, &options);
    let probe_error = refused(&clip, &mute_probe);

    for error in [error, probe_error] {
        assert!(error.contains("gave no frame for 0.4 s"), "{error}");
    }
    assert!(
        clock.now().0 < Duration::from_secs(5),
        "{:?}",
        clock.now().0
    );
}

#[test]
fn without_ffmpeg_on_the_machine_the_own_reader_steps_in() {
    let shop = Workshop::new();
    let clip = shop.file("clip.mkv", b"\x1a\x45\xdf\xa3 and more");
    let options = FileOptions {
        ffprobe: shop.at("not-installed"),
        ..FileOptions::default()
    };

    let error = refused(&clip, &options);

    assert!(error.contains("cannot be read without ffmpeg"), "{error}");
}

#[test]
fn a_clip_in_the_program_plays_and_loops() {
    if !has_ffmpeg() {
        return;
    }
    let shop = Workshop::new();
    ffmpeg(
        &format!("{TEST_CLIP} -c:v libx264 -bf 0"),
        &shop.at("demo.mp4"),
    );
    let bytes: &'static [u8] = fs::read(shop.at("demo.mp4")).unwrap().leak();
    let mut looping = Looping::new(|| open_mp4_bytes("the demo", bytes)).unwrap();

    let mut frames = Vec::new();
    while frames.len() < 120 {
        if let Polled::Frame(frame) = looping.next(LIMIT).unwrap() {
            frames.push(frame);
        }
    }

    let wanted: Vec<u128> = (0..120).map(|at| at * 40).collect();
    assert_eq!(millis(&frames), wanted);
    assert_eq!(frames[3].picture, frames[103].picture);
    let error = open_mp4_bytes("the demo", b"junk").map(|_| ()).unwrap_err();
    assert!(
        error.to_string().starts_with("the demo is damaged"),
        "{error}"
    );
}

#[test]
fn a_loop_over_nothing_ends() {
    struct Nothing;
    impl FrameSource for Nothing {
        fn next(&mut self, _limit: Duration) -> Result<Polled, CaptureError> {
            Ok(Polled::Ended)
        }
        fn describe(&self) -> SourceInfo {
            Synthetic::new(Size::new(1, 1), None, 1.0).describe()
        }
    }
    let mut looping = Looping::new(|| Ok(Box::new(Nothing) as Box<dyn FrameSource>)).unwrap();

    assert_eq!(looping.next(LIMIT).unwrap(), Polled::Ended);
}

#[test]
fn a_paced_source_plays_at_its_own_speed_and_never_waits_longer_than_asked() {
    let clock = Clock::manual();
    let mut paced = Paced::new(Synthetic::new(Size::new(4, 4), None, 10.0), clock.clone());
    let mut next_at = |ms| {
        clock.set(FrameTime(Duration::from_millis(ms)));
        match paced.next(Duration::from_millis(1)).unwrap() {
            Polled::Frame(frame) => Some(frame.shown_at.0.as_millis()),
            _ => None,
        }
    };

    assert_eq!(next_at(500), Some(0), "the first at once");
    assert_eq!(next_at(520), None);
    assert_eq!(next_at(599), Some(100));
    assert_eq!(next_at(900), Some(200), "late ones follow without a pause");
    assert_eq!(next_at(900), Some(300));
    assert_eq!(
        next_at(9000),
        Some(400),
        "after a long sleep it goes on from there"
    );
    assert_eq!(next_at(9010), None);
    assert_eq!(next_at(9100), Some(500));
}

#[cfg(feature = "camera")]
#[test]
fn a_camera_that_is_not_there_is_named_with_what_is() {
    use vizard::stages::capture::{CameraLimits, CameraWish, WhichCamera, cameras, open_camera};
    let wish = CameraWish {
        which: WhichCamera::Named("no camera is called so".into()),
        ..CameraWish::default()
    };

    let present = cameras(Duration::from_secs(5)).unwrap();
    let opened = open_camera(&wish, CameraLimits::default(), Clock::system());

    let error = opened.unwrap_err().to_string();
    assert!(
        error.starts_with("camera \"no camera is called so\" was not found (there is"),
        "{error}"
    );
    let names = present.iter().all(|camera| error.contains(&camera.name));
    assert!(names, "{error}");
}

#[cfg(not(feature = "camera"))]
#[test]
fn a_build_without_cameras_says_how_to_get_one_with() {
    let error = vizard::stages::capture::cameras(Duration::from_secs(1))
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("build it with `--features camera`"),
        "{error}"
    );
}
