//! [`FfmpegClip`]: a clip as a frame source; every frame of the file once, with its own time.

use std::path::Path;
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::Waited;
use crate::pictures::{self, PictureError};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::ffmpeg::child::{Event, Running};
use crate::stages::capture::ffmpeg::probe::{ProbeError, Probed, probe};
use crate::stages::capture::options::FileOptions;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Frames per second of a clip without a frame rate.
const DEFAULT_FPS: f32 = 25.0;

/// A clip decoded by ffmpeg.
#[derive(Debug)]
pub(crate) struct FfmpegClip {
    name: String,
    running: Running,
    probed: Probed,
    size: Size,
    stall: Duration,
    waited: Duration,
    first_time: Option<Duration>,
    next_time: Duration,
    read: u64,
    over: bool,
}

impl FfmpegClip {
    /// Opens the clip at `path`. The outer error concerns ffmpeg and its messages, the inner one its
    /// start.
    pub(crate) fn open(
        path: &Path,
        options: &FileOptions,
    ) -> Result<Result<Self, CaptureError>, ProbeError> {
        let probed = probe(path, &options.ffprobe, options.stall)?;
        if probed.size.pixels() as u64 > options.limits.max_pixels {
            return Ok(Err(CaptureError::Picture(PictureError::TooManyPixels {
                name: path.display().to_string(),
                size: probed.size,
                megapixels: options.limits.max_pixels / 1_000_000,
            })));
        }
        let size = pictures::size_within(probed.size, options.limits.max_side);
        let started = Running::start(&options.ffmpeg, path, &probed, size);
        Ok(started
            .map(|running| Self {
                name: path.display().to_string(),
                running,
                probed,
                size,
                stall: options.stall,
                waited: Duration::ZERO,
                first_time: None,
                next_time: Duration::ZERO,
                read: 0,
                over: false,
            })
            .map_err(|why| CaptureError::Start {
                what: "ffmpeg".into(),
                why,
            }))
    }

    fn interval(&self) -> Duration {
        let fps = self.probed.fps.unwrap_or(DEFAULT_FPS);
        Duration::from_secs_f32(1.0 / fps.clamp(0.01, 1000.0))
    }

    fn frame(&mut self, bytes: Vec<u8>, time: Option<Duration>) -> Result<Polled, CaptureError> {
        let picture =
            Picture::from_rgba(self.size, bytes).map_err(|error| self.broken(error.to_string()))?;
        let since_first = time.map(|time| {
            let first = *self.first_time.get_or_insert(time);
            time.saturating_sub(first)
        });
        // A frame without a time, or with a time before the last frame's, follows the last frame.
        let after_last = self.next_time.saturating_sub(self.interval());
        let shown_at = match since_first {
            Some(time) if self.read == 0 || time > after_last => time,
            _ => self.next_time,
        };
        self.next_time = shown_at + self.interval();
        self.read += 1;
        Ok(Polled::Frame(SourceFrame {
            picture,
            shown_at: FrameTime(shown_at),
        }))
    }

    /// Ends the clip: normally, or because of damage.
    fn end(&mut self, cut: bool) -> Result<Polled, CaptureError> {
        self.over = true;
        let complaint = self.running.last_complaint();
        let well = self.running.ended_well() && !cut;
        let all = self.probed.frames.is_none_or(|frames| self.read >= frames);
        match complaint {
            Some(why) if !well || !all || self.read == 0 => Err(self.broken(why)),
            None if !well => Err(self.broken("ffmpeg broke off".into())),
            _ if self.read == 0 => Err(CaptureError::NoFrames(self.name.clone())),
            _ => Ok(Polled::Ended),
        }
    }

    fn broken(&self, why: String) -> CaptureError {
        CaptureError::Broken {
            name: self.name.clone(),
            frames: self.read,
            why,
        }
    }
}

impl FrameSource for FfmpegClip {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        if self.over {
            return Ok(Polled::Ended);
        }
        match self.running.events.wait(limit) {
            Waited::Value(Event::Frame(bytes, time)) => {
                self.waited = Duration::ZERO;
                self.frame(bytes, time)
            }
            Waited::Value(Event::End { cut }) => self.end(cut),
            Waited::Closed => self.end(true),
            Waited::TimedOut => {
                self.waited += limit;
                if self.waited < self.stall {
                    return Ok(Polled::Waiting);
                }
                self.over = true;
                Err(CaptureError::Stalled {
                    name: self.name.clone(),
                    after: self.stall,
                })
            }
        }
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            what: self.name.clone(),
            size: Some(self.size),
            fps: self.probed.fps,
            frames: self.probed.frames,
            live: false,
        }
    }
}
