//! [`Gif`]: the frames of an animated GIF with their delays.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder as _, Delay, ImageDecoder as _, Limits as DecoderLimits};

use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::{LaneReceiver, LaneSender, Mode, Waited, lane};
use crate::domain::thread::spawn_named;
use crate::pictures::{self, PictureError};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::options::FileOptions;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Delay of frames that request less than [`SHORTEST_DELAY`], as in browsers.
const DEFAULT_DELAY: Duration = Duration::from_millis(100);

/// Shortest delay that is used unchanged.
const SHORTEST_DELAY: Duration = Duration::from_millis(20);

/// Number of canvases in memory during decoding: the last output, the frame's own part, and the new
/// frame.
const CANVASES: u64 = 3;

/// A frame with its duration, or an error; `None` at the end.
type Told = Option<Result<(Picture, Duration), CaptureError>>;

/// An open GIF; a thread decodes a few frames ahead.
#[derive(Debug)]
pub(crate) struct Gif {
    frames: LaneReceiver<Told>,
    /// The first frame, decoded on opening.
    first: Option<(Picture, Duration)>,
    info: SourceInfo,
    shown_at: Duration,
    over: bool,
}

impl Gif {
    /// Opens the GIF at `path` and decodes its first frame.
    pub(crate) fn open(path: &Path, options: &FileOptions) -> Result<Self, CaptureError> {
        let file = File::open(path).map_err(|why| CaptureError::from_reading(path, why))?;
        let name = path.display().to_string();
        let (sender, frames) = lane(Mode::Every);
        let (told_name, limits) = (name.clone(), options.limits);
        // The decoder cannot move between threads after its start.
        spawn_named("gif", move || decode(file, &told_name, limits, &sender)).map_err(|why| {
            CaptureError::Start {
                what: "the GIF decoder".into(),
                why,
            }
        })?;
        let (picture, delay) = match frames.wait(options.stall) {
            Waited::Value(Some(first)) => first?,
            Waited::Value(None) | Waited::Closed => return Err(CaptureError::NoFrames(name)),
            Waited::TimedOut => {
                return Err(CaptureError::Stalled {
                    name,
                    after: options.stall,
                });
            }
        };
        Ok(Self {
            frames,
            info: SourceInfo {
                what: name,
                size: Some(picture.size()),
                fps: Some(1.0 / delay.as_secs_f32()),
                frames: None,
                live: false,
            },
            first: Some((picture, delay)),
            shown_at: Duration::ZERO,
            over: false,
        })
    }
}

impl FrameSource for Gif {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        if self.over {
            return Ok(Polled::Ended);
        }
        let told = match self.first.take() {
            Some(first) => Waited::Value(Some(Ok(first))),
            None => self.frames.wait(limit),
        };
        let (picture, delay) = match told {
            Waited::Value(Some(frame)) => frame.inspect_err(|_| self.over = true)?,
            Waited::TimedOut => return Ok(Polled::Waiting),
            Waited::Value(None) | Waited::Closed => {
                self.over = true;
                return Ok(Polled::Ended);
            }
        };
        let shown_at = FrameTime(self.shown_at);
        self.shown_at += delay;
        Ok(Polled::Frame(SourceFrame { picture, shown_at }))
    }

    fn describe(&self) -> SourceInfo {
        self.info.clone()
    }
}

/// The decoder thread: sends every frame, then the end or an error.
fn decode(file: File, name: &str, limits: pictures::Limits, frames: &LaneSender<Told>) {
    let mut read = 0;
    let told = pictures::decoding(|| tell_frames(file, name, limits, frames, &mut read));
    let told = told.unwrap_or_else(|why| {
        Err(CaptureError::Broken {
            name: name.into(),
            frames: read,
            why,
        })
    });
    let end = told.err().map(Err);
    // The receiver may be gone.
    drop(frames.put(end));
}

fn tell_frames(
    file: File,
    name: &str,
    limits: pictures::Limits,
    frames: &LaneSender<Told>,
    read: &mut u64,
) -> Result<(), CaptureError> {
    let broken = |frames: u64| {
        move |error: image::ImageError| CaptureError::Broken {
            name: name.into(),
            frames,
            why: pictures::plain_words(&error).into(),
        }
    };
    let mut decoder = GifDecoder::new(BufReader::new(file)).map_err(broken(0))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(CaptureError::Picture(PictureError::TooManyPixels {
            name: name.into(),
            size: Size::new(width, height),
            megapixels: limits.max_pixels / 1_000_000,
        }));
    }
    if CANVASES * decoder.total_bytes() > limits.max_memory {
        return Err(CaptureError::Picture(PictureError::TooManyBytes {
            name: name.into(),
        }));
    }
    let mut memory = DecoderLimits::default();
    memory.max_alloc = Some(limits.max_memory);
    decoder.set_limits(memory).map_err(broken(0))?;
    for frame in decoder.into_frames() {
        let frame = frame.map_err(broken(*read))?;
        let delay = delay_of(frame.delay());
        let picture = pictures::opaque(name, frame.into_buffer())?;
        let picture = pictures::within(picture, limits.max_side);
        *read += 1;
        if frames.put(Some(Ok((picture, delay)))).is_err() {
            break;
        }
    }
    Ok(())
}

fn delay_of(asked: Delay) -> Duration {
    let delay = Duration::from(asked);
    if delay < SHORTEST_DELAY {
        DEFAULT_DELAY
    } else {
        delay
    }
}
