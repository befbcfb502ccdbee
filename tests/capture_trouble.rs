//! What is said of sources that cannot be played, or stop: one plain sentence, never a hang.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use vizard::domain::frame::{Picture, Size};
use vizard::domain::timing::Clock;
use vizard::pictures::write_png;
use vizard::stages::capture::{
    CaptureError, FileOptions, FrameSource, Looping, Polled, SourceInfo, Synthetic, open_file,
};

use support::{
    LIMIT, TEST_CLIP, Workshop, ffmpeg, frames_of, gif, has_ffmpeg, open, play, ways,
    without_ffmpeg,
};

fn refused(path: &Path, options: &FileOptions) -> String {
    match open_file(path, options) {
        Err(error) => error.to_string(),
        Ok(mut source) => play(&mut source).1.expect("an error").to_string(),
    }
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
        support::require::missing("mkfifo", "mkfifo is not installed");
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

#[cfg(feature = "camera")]
#[test]
fn a_camera_that_is_not_there_is_named_with_what_is() {
    use vizard::stages::capture::{CameraLimits, CameraRequest, WhichCamera, cameras, open_camera};
    let wish = CameraRequest {
        which: WhichCamera::Named("no camera is called so".into()),
        ..CameraRequest::default()
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
