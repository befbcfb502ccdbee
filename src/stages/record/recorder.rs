//! [`Recorder`]: records pictures with times as one MP4 file.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture, Size};
use crate::files::OutputFile;
use crate::pictures;
use crate::stages::record::encode::{H264, Sample};
use crate::stages::record::error::RecordError;
use crate::stages::record::fragment::{Fragments, TIMESCALE};
use crate::stages::record::planes::Planes;

/// Maximum longer and shorter side of a recording; larger pictures are scaled down.
const MAX_SIDES: (u32, u32) = (3840, 2160);

/// Least side that the encoder accepts.
const MIN_SIDE: u32 = 16;

/// Default frame duration. The last frame lasts at most twice as long
/// as the previous one.
const DEFAULT_INTERVAL: Duration = Duration::from_millis(33);

/// The path of an unfinished recording, which also remains after the process is killed. The file is
/// playable there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UntilFinished {
    /// Its own name, which must be free.
    UnderItsName,
    /// `clip.part.mp4` for `clip.mp4`, or `clip.part-2.mp4` if that name is taken, and so on. The finished
    /// recording replaces an older `clip.mp4`.
    AsPart,
    /// The same, but the recording does not replace an older `clip.mp4`.
    AsPartOfNew,
}

/// Recording options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordOptions {
    /// Expected frames per second; the recorded times are the real ones.
    pub fps: f32,
    /// H.264 quantiser, from 1 (best) to 51 (worst).
    pub quantiser: u8,
    /// Duration of a fragment, seconds. A killed process leaves the complete fragments.
    pub piece_secs: f32,
    /// The path of the unfinished recording.
    pub until_finished: UntilFinished,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            fps: 30.0,
            quantiser: 24,
            piece_secs: 1.0,
            until_finished: UntilFinished::UnderItsName,
        }
    }
}

/// A finished recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Path of the file.
    pub path: PathBuf,
    /// Duration of the clip.
    pub length: Duration,
    /// Number of frames.
    pub frames: u64,
}

/// An encoded frame whose duration depends on the next frame.
#[derive(Debug)]
struct Waiting {
    sample: Sample,
    /// Ticks since the first frame.
    at: u64,
}

/// A running recording. Dropped without [`Recorder::finish`], it leaves the written part at its current
/// path.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    file: OutputFile,
    replaces: bool,
    /// A write or the encoder failed: the file must not pass for the complete recording.
    broken: bool,
    encoder: H264,
    planes: Planes,
    fragments: Fragments,
    piece_ticks: u64,
    zero: Option<FrameTime>,
    waiting: Option<Waiting>,
    last_ticks: u32,
    written: u64,
    /// End of the last stored frame, ticks since the first.
    ticks: u64,
    frames: u64,
}

impl Recorder {
    /// Starts a recording of pictures of `size` in a new file at `path`, which must end in `.mp4`. Odd sides
    /// are rounded up by repeating the edge; more than 3840×2160 (or its portrait form)
    /// is scaled down.
    pub fn start(path: &Path, size: Size, options: RecordOptions) -> Result<Self, RecordError> {
        let ending = path.extension().unwrap_or_default();
        if !ending.eq_ignore_ascii_case("mp4") {
            return Err(RecordError::NotMp4(path.into()));
        }
        if path.is_dir() {
            return Err(RecordError::IsFolder(path.into()));
        }
        let planes = Planes::new(size_within_bounds(size));
        let failed = |why| RecordError::Encoder {
            path: path.into(),
            why,
            kept: None,
        };
        let fps = options.fps.clamp(1.0, 240.0);
        let encoder = H264::new(planes.size(), fps, options.quantiser).map_err(failed)?;
        let file = match options.until_finished {
            UntilFinished::UnderItsName => OutputFile::in_place(path),
            UntilFinished::AsPart | UntilFinished::AsPartOfNew => OutputFile::part(path),
        };
        Ok(Self {
            path: path.into(),
            file: file.map_err(|why| RecordError::from_writing(path, None, why))?,
            replaces: options.until_finished == UntilFinished::AsPart,
            broken: false,
            encoder,
            planes,
            fragments: Fragments::default(),
            piece_ticks: ticks_of(Duration::from_secs_f32(options.piece_secs.clamp(0.1, 60.0))),
            zero: None,
            waiting: None,
            last_ticks: ticks_of(DEFAULT_INTERVAL) as u32,
            written: 0,
            ticks: 0,
            frames: 0,
        })
    }

    /// Returns the size of the recorded frames.
    pub fn size(&self) -> Size {
        self.planes.size()
    }

    /// Returns the path of the recording.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the duration of the recording so far.
    pub fn length(&self) -> Duration {
        let ends = self
            .waiting
            .as_ref()
            .map_or(0, |waiting| waiting.at + u64::from(self.last_ticks));
        duration_of(ends)
    }

    /// Adds a frame. A picture of another size is fitted with black bars. `shown_at` should increase from
    /// call to call; otherwise the frame follows
    /// the previous one immediately.
    pub fn push(&mut self, picture: &Picture, shown_at: FrameTime) -> Result<(), RecordError> {
        if picture.size() == self.planes.size() || fills_when_padded(picture.size(), self.size()) {
            self.planes.fill(picture);
        } else {
            self.planes.fill(&letterboxed(picture, self.size()));
        }
        let sample = self
            .encoder
            .encode(&self.planes)
            .map_err(|why| self.encoder_failed(why))?;
        let zero = *self.zero.get_or_insert(shown_at);
        let mut at = ticks_of(shown_at.since(zero));
        if let Some(before) = self.waiting.take() {
            at = at.max(before.at + 1);
            self.keep(before, at)?;
        }
        self.waiting = Some(Waiting { sample, at });
        self.frames += 1;
        Ok(())
    }

    /// Closes the file and moves it to its final path. The last frame lasts as long as the one
    /// before it.
    pub fn finish(mut self) -> Result<Recorded, RecordError> {
        let length = self.write_rest()?;
        let Self {
            path,
            file,
            replaces,
            frames,
            ..
        } = self;
        let kept = file.kept_at().map(Path::to_path_buf);
        let placed = if replaces {
            file.finish()
        } else {
            file.finish_new()
        };
        placed.map_err(|why| RecordError::from_writing(&path, kept, why))?;
        Ok(Recorded {
            path,
            length,
            frames,
        })
    }

    /// Closes the unfinished file at its current path when no more frames will follow. An older file at the
    /// final path stays.
    pub fn leave(mut self) -> Result<Recorded, RecordError> {
        let length = self.write_rest()?;
        let Self {
            path, file, frames, ..
        } = self;
        let kept = file.kept_at().map(Path::to_path_buf);
        let left = file
            .leave()
            .map_err(|why| RecordError::from_writing(&path, kept, why))?;
        Ok(Recorded {
            path: left.unwrap_or(path),
            length,
            frames,
        })
    }

    /// Writes the pending frames; returns the recording's duration.
    fn write_rest(&mut self) -> Result<Duration, RecordError> {
        if self.broken {
            return Err(self.write_failed(io::Error::other("a part of it is missing")));
        }
        if let Some(last) = self.waiting.take() {
            let end = last.at + u64::from(self.last_ticks);
            self.keep(last, end)?;
            self.ticks = end;
        }
        self.write_piece()?;
        if self.written == 0 {
            return Err(RecordError::NoFrames(self.path.clone()));
        }
        Ok(duration_of(self.ticks))
    }

    /// Stores a frame that is shown until `end`, in ticks; writes a fragment when it is full.
    fn keep(&mut self, frame: Waiting, end: u64) -> Result<(), RecordError> {
        let ticks = u32::try_from(end - frame.at).unwrap_or(u32::MAX);
        self.fragments.push(frame.sample, ticks);
        self.last_ticks = ticks.min(ticks_of(DEFAULT_INTERVAL) as u32 * 3);
        if self.written == 0 || self.fragments.collected_ticks() >= self.piece_ticks {
            self.write_piece()?;
        }
        Ok(())
    }

    fn write_piece(&mut self) -> Result<(), RecordError> {
        let Some(piece) = self.fragments.take_piece() else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        if self.written == 0 {
            bytes = Fragments::head(self.planes.size(), self.encoder.parameter_sets())
                .map_err(|why| self.encoder_failed(why))?;
        }
        bytes.extend(piece);
        if let Err(why) = self.file.write_all(&bytes) {
            // A partial fragment would disturb some players.
            if let Err(error) = self.file.cut_to(self.written) {
                tracing::debug!(%error, "a cut-off piece stays in the recording");
            }
            return Err(self.write_failed(why));
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn encoder_failed(&mut self, why: String) -> RecordError {
        self.broken = true;
        RecordError::Encoder {
            path: self.path.clone(),
            why,
            kept: self.file.kept_at().map(Path::to_path_buf),
        }
    }

    fn write_failed(&mut self, why: io::Error) -> RecordError {
        self.broken = true;
        let kept = self.file.kept_at().map(Path::to_path_buf);
        RecordError::from_writing(&self.path, kept, why)
    }
}

fn ticks_of(time: Duration) -> u64 {
    (time.as_nanos() * u128::from(TIMESCALE) / 1_000_000_000) as u64
}

fn duration_of(ticks: u64) -> Duration {
    Duration::from_nanos((u128::from(ticks) * 1_000_000_000 / u128::from(TIMESCALE)) as u64)
}

/// Returns the recording size for pictures of `size`.
fn size_within_bounds(size: Size) -> Size {
    let (long, short) = (size.width.max(size.height), size.width.min(size.height));
    let scale = (f64::from(MAX_SIDES.0) / f64::from(long.max(1)))
        .min(f64::from(MAX_SIDES.1) / f64::from(short.max(1)))
        .min(1.0);
    let side = |length: u32| {
        let scaled = (f64::from(length) * scale) as u32;
        scaled.next_multiple_of(2).max(MIN_SIDE)
    };
    Size::new(side(size.width), side(size.height))
}

/// Returns whether `size` is at most one row and one column smaller than `wanted`.
fn fills_when_padded(size: Size, wanted: Size) -> bool {
    let padded = Size::new(
        size.width.next_multiple_of(2),
        size.height.next_multiple_of(2),
    );
    padded == wanted
}

/// Returns `picture` scaled to fit `size`, centred on black.
fn letterboxed(picture: &Picture, size: Size) -> Picture {
    let from = picture.size();
    let scale = (f64::from(size.width) / f64::from(from.width.max(1)))
        .min(f64::from(size.height) / f64::from(from.height.max(1)));
    let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most);
    let inner_size = Size::new(side(from.width, size.width), side(from.height, size.height));
    let inner = pictures::scaled(picture, inner_size);
    let mut canvas = Picture::filled(size, [0, 0, 0, 255]);
    let left = ((size.width - inner_size.width) / 2) as usize * 4;
    let top = ((size.height - inner_size.height) / 2) as usize;
    let rows = canvas
        .rgba_mut()
        .chunks_exact_mut(size.width as usize * 4)
        .skip(top);
    let inner_bytes = inner_size.width as usize * 4;
    for (to, row) in rows.zip(inner.rgba().chunks_exact(inner_bytes)) {
        if let Some(to) = to.get_mut(left..left + inner_bytes) {
            to.copy_from_slice(row);
        }
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requires that a recorder can move between threads.
    const _: fn() = || {
        fn may_move<T: Send>() {}
        may_move::<Recorder>();
    };

    #[test]
    fn sizes_are_even_and_within_the_encoders_bounds() {
        let sizes = [(1280, 720), (641, 359), (1, 1), (7680, 4320), (2000, 4000)];

        let got = sizes.map(|(w, h)| size_within_bounds(Size::new(w, h)));

        let wanted = [
            (1280, 720),
            (642, 360),
            (16, 16),
            (3840, 2160),
            (1920, 3840),
        ];
        assert_eq!(got, wanted.map(|(w, h)| Size::new(w, h)));
    }

    #[test]
    fn a_picture_of_another_shape_gets_black_bars() {
        let picture = Picture::filled(Size::new(10, 20), [200, 100, 50, 255]);

        let got = letterboxed(&picture, Size::new(40, 40));

        assert_eq!(got.pixel_clamped(5, 20), [0, 0, 0, 255]);
        assert_eq!(got.pixel_clamped(20, 20), [200, 100, 50, 255]);
    }
}
