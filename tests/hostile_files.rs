//! Pictures and clips that somebody spoilt, by accident or on purpose: no panic escapes, the answer
//! comes soon, and what people are told is a plain sentence.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use vizard::domain::frame::{FrameTime, Size};
use vizard::domain::shape::Landmarks68;
use vizard::pictures::{Limits, decode, read};
use vizard::stages::capture::synthetic::scene;
use vizard::stages::capture::{FileOptions, Polled, open_file};
use vizard::stages::record::{RecordOptions, Recorder};

/// How many spoilt copies of each sample are tried; `cargo xtask fuzz --copies N` asks for more.
fn copies() -> u32 {
    let asked = std::env::var("VIZARD_FUZZ_COPIES");
    asked
        .ok()
        .and_then(|copies| copies.parse().ok())
        .unwrap_or(300)
}

/// How long one spoilt file may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Small, so that a spoilt size does not make the tests slow.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 20,
    max_memory: 8 << 20,
    max_side: 256,
};

/// A picture of 64×64 pixels whose palette has 4 bytes, which is no whole number of colours.
const FOUR_BYTES_OF_PALETTE: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00@\x00\x00\x00@\
\x08\x03\x00\x00\x00\x9d\xb7\x81\xec\x00\x00\x00\x04PLTE\x80\x80\x80\x80n\xf4\x18\xaa\x00\x00\x00+\
IDATx\x9c\xed\xce1\x11\x00\x00\x08\x00\xa1\xb7\x7fic\xe8\xc0Q\x80\x9ac\x19\x18\x18\x18\x18\x18\x18\
\x18\x18\x18\x18\x18\x18\x18\x18\x18<\x1f,\x14\x0f\x08\x01FdB/\x00\x00\x00\x00IEND\xaeB`\x82";

/// Numbers that look thrown, and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// The `number`th spoilt copy of `whole`: cut off, or with some bytes changed, lost or doubled.
fn spoilt(whole: &[u8], number: u32) -> Vec<u8> {
    let mut dice = Dice(u64::from(number) + 1);
    let mut bytes = whole.to_vec();
    if number.is_multiple_of(5) {
        bytes.truncate(dice.below(whole.len()));
        return bytes;
    }
    for _ in 0..=dice.below(6) {
        // The head is small, and most can go wrong there.
        let end = if dice.below(2) == 0 { 64 } else { bytes.len() };
        let at = dice.below(end.min(bytes.len()));
        match dice.below(8) {
            0 => drop(bytes.drain(at..(at + dice.below(9)).min(bytes.len()))),
            1 => bytes.insert(at, 0xff),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
            _ => bytes[at] ^= 1 << dice.below(8),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// `png` with checksums that fit, so that decoders look further.
fn with_checksums(mut png: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(head) = png.get(at..at + 8) {
        let length = u32::from_be_bytes(*head.first_chunk().unwrap()) as usize;
        let end = at + 8 + length;
        let Some(chunk) = png.get(at + 4..end).filter(|_| end + 4 <= png.len()) else {
            break;
        };
        let sum = crc32(chunk).to_be_bytes();
        png[end..end + 4].copy_from_slice(&sum);
        at = end + 4;
    }
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        let mix = |crc: u32, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        (0..8).fold(crc ^ u32::from(*byte), mix)
    })
}

fn picture() -> RgbImage {
    RgbImage::from_fn(31, 23, |x, y| {
        Rgb([(x * 8) as u8, (y * 11) as u8, (x ^ y) as u8])
    })
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small file of every format and kind of pixel.
fn samples() -> Vec<(String, Vec<u8>)> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    let colours = DynamicImage::from(picture());
    let deep = DynamicImage::from(colours.to_rgba16());
    let grey = DynamicImage::from(colours.to_luma8());
    let mut samples = vec![
        ("palette".into(), FOUR_BYTES_OF_PALETTE.to_vec()),
        ("deep png".into(), encoded(&deep, Png)),
        ("deep tiff".into(), encoded(&deep, Tiff)),
        ("grey jpeg".into(), encoded(&grey, Jpeg)),
    ];
    for format in [Png, Jpeg, WebP, Gif, Bmp, Tiff] {
        samples.push((format!("{format:?}"), encoded(&colours, format)));
    }
    samples
}

/// Demands that a person can read `sentence`.
fn assert_plain(sentence: &str, about: &str) {
    let odd = [
        "{",
        "}",
        "Some(",
        "Err(",
        "Error",
        "::",
        "\n",
        "Format error",
        "Native",
        "Eof",
        "panicked",
    ];
    let found = odd.iter().find(|odd| sentence.contains(**odd));
    assert_eq!(found, None, "{about}: {sentence}");
    assert!(sentence.len() < 300, "{about}: {sentence}");
}

#[expect(clippy::disallowed_methods, reason = "a test waits in real time")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn spoilt_pictures_are_refused_in_plain_words_or_read() {
    for (kind, whole) in samples() {
        for number in 0..copies() {
            let copies = [
                spoilt(&whole, number),
                with_checksums(spoilt(&whole, number)),
            ];
            for copy in copies {
                let began = now();

                let answer = decode(&copy, "it", &LIMITS);

                assert!(began.elapsed() < PATIENCE, "{kind} {number} is slow");
                if let Err(error) = answer {
                    assert_plain(&error.to_string(), &format!("{kind} {number}"));
                }
            }
        }
    }
}

#[test]
fn spoilt_lists_of_points_are_refused_in_plain_words_or_read() {
    let points: Vec<String> = (0..68).map(|i| format!("{i}.5 {}", 2 * i)).collect();
    let points = points.join("\n");
    let whole = format!("# a face\n{points}\n");
    assert!(whole.parse::<Landmarks68>().is_ok());
    for number in 0..copies() {
        let copy = spoilt(whole.as_bytes(), number);

        let answer = String::from_utf8_lossy(&copy).parse::<Landmarks68>();

        match answer {
            Ok(points) => assert!(points.0.iter().all(|p| p.x.is_finite() && p.y.is_finite())),
            Err(error) => assert_plain(&error.to_string(), &format!("points {number}")),
        }
    }
}

/// A recording of five small frames.
fn clip(folder: &Path) -> Vec<u8> {
    let size = Size::new(64, 48);
    let path = folder.join("whole.mp4");
    let mut recorder = Recorder::start(&path, size, RecordOptions::default()).unwrap();
    for at in 0..5 {
        let time = FrameTime(Duration::from_millis(at * 40));
        recorder
            .push(&scene(size, time.secs() as f32), time)
            .unwrap();
    }
    recorder.finish().unwrap();
    fs::read(path).unwrap()
}

/// A GIF of three frames.
fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for at in 0..3 {
        let image = RgbaImage::from_pixel(20, 10, Rgba([at * 60, 0, 0, 255]));
        encoder.encode_frame(image::Frame::new(image)).unwrap();
    }
    drop(encoder);
    bytes
}

#[test]
fn spoilt_clips_are_refused_in_plain_words_or_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it");
    let options = FileOptions {
        limits: LIMITS,
        use_ffmpeg: false,
        ..FileOptions::default()
    };
    for (kind, whole) in [("mp4", clip(folder.path())), ("gif", gif())] {
        for number in 0..copies() {
            fs::write(&path, spoilt(&whole, number)).unwrap();
            let began = now();

            let mut source = open_file(&path, &options);
            let error = loop {
                match source.as_mut().map(|source| source.next(PATIENCE)) {
                    Ok(Ok(Polled::Ended)) => break None,
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => break Some(error.to_string()),
                    Err(error) => break Some(error.to_string()),
                }
            };

            assert!(began.elapsed() < PATIENCE, "{kind} {number} is slow");
            if let Some(error) = error {
                assert_plain(&error, &format!("{kind} {number}"));
            }
        }
    }
}

#[test]
fn a_picture_that_its_decoder_dies_of_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("palette.png");
    fs::write(&path, FOUR_BYTES_OF_PALETTE).unwrap();

    let error = read(&path, &Limits::default()).unwrap_err().to_string();

    let wanted = "palette.png is damaged or cut off (its content cannot be decoded); choose another \
                  picture or fetch it again";
    assert!(error.ends_with(wanted), "{error}");
    for task in [&["styles", "add"][..], &["--style"]] {
        let said = Command::new(env!("CARGO_BIN_EXE_vizard"))
            .args(task)
            .arg(&path)
            .env("XDG_DATA_HOME", folder.path())
            .env_remove("RUST_LOG")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(1), "{said:?}");
        let said = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said, format!("error: {error}\n"));
    }
}

#[test]
fn a_wrong_checksum_is_told_without_the_decoders_own_words() {
    let mut png = encoded(&picture().into(), ImageFormat::Png);
    let data = png.windows(4).position(|name| name == b"IDAT").unwrap();
    png[data + 20] ^= 1;

    let error = decode(&png, "crc.png", &LIMITS).unwrap_err().to_string();

    assert_plain(&error, "crc");
    assert!(
        error.starts_with("crc.png is damaged or cut off"),
        "{error}"
    );
}
