//! What the tests of sources share: a folder for files, ffmpeg to make some, and a player.

pub(crate) mod require;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use image::codecs::gif::GifEncoder;
use image::{Delay, Frame as GifFrame, Rgba, RgbaImage};
use vizard::stages::capture::{
    CaptureError, FileOptions, FrameSource, Polled, SourceFrame, open_file,
};

pub(crate) const LIMIT: Duration = Duration::from_millis(200);

pub(crate) fn without_ffmpeg() -> FileOptions {
    FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    }
}

pub(crate) fn ways() -> [FileOptions; 2] {
    [without_ffmpeg(), FileOptions::default()]
}

pub(crate) fn has_ffmpeg() -> bool {
    let asked = Command::new("ffmpeg")
        .arg("-version")
        .stdout(Stdio::null())
        .status();
    if asked.is_err() {
        require::missing("ffmpeg", "ffmpeg is not installed");
    }
    asked.is_ok()
}

/// Runs ffmpeg with `arguments`, the file to be written last.
pub(crate) fn ffmpeg(arguments: &str, to: &Path) {
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success(), "ffmpeg {arguments}");
}

/// All frames, and the error that ended them.
pub(crate) fn play(source: &mut dyn FrameSource) -> (Vec<SourceFrame>, Option<CaptureError>) {
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

pub(crate) fn open(path: &Path, options: &FileOptions) -> Box<dyn FrameSource> {
    open_file(path, options).unwrap()
}

pub(crate) struct Workshop(pub(crate) tempfile::TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).unwrap();
        self.at(name)
    }
}

pub(crate) const TEST_CLIP: &str =
    "-f lavfi -i testsrc=size=320x240:rate=25:duration=1 -pix_fmt yuv420p";

pub(crate) fn frames_of(path: &Path, options: &FileOptions) -> Vec<SourceFrame> {
    let (frames, error) = play(&mut open(path, options));
    assert!(error.is_none(), "{error:?}");
    frames
}

/// A GIF of 20×10 pixels whose frames are each a little redder.
pub(crate) fn gif(delays_ms: &[u32]) -> Vec<u8> {
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
