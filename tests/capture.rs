//! Sources of frames: what is played, with which frames and times.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

mod support;

use std::fs;
use std::process::Command;
use std::time::Duration;

use vizard::domain::frame::{FrameTime, Picture, Size};
use vizard::domain::timing::Clock;
use vizard::pictures::write_png;
use vizard::stages::capture::{
    FileOptions, FrameSource as _, Looping, Paced, Polled, SourceFrame, Synthetic, open_mp4_bytes,
};

use support::{
    LIMIT, TEST_CLIP, Workshop, ffmpeg, frames_of, gif, has_ffmpeg, open, ways, without_ffmpeg,
};

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
