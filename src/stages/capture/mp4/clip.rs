//! [`Mp4Clip`]: an MP4 file with H.264 as a frame source.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read as _, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use openh264::OpenH264API;
use openh264::decoder::{Decoder, DecoderConfig, Flush};

use crate::domain::frame::{FrameTime, Picture};
use crate::pictures;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::mp4::rgba::{Colours, picture_from_planes, turned};
use crate::stages::capture::mp4::sample::{Mp4Error, Sample};
use crate::stages::capture::mp4::sps::colours_of;
use crate::stages::capture::mp4::track::Track;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Size limit of a coded frame, bytes; even an uncompressed frame is smaller.
const MAX_FRAME_BYTES: u32 = 64 << 20;

/// Latest display time, seconds: about thirty years.
const LATEST_SECS: f64 = 1e9;

/// Precedes each NAL unit in the decoder's input.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The storage of a clip.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// A file.
    File(File),
    /// Embedded in the program.
    Built(Cursor<&'static [u8]>),
}

impl std::io::Read for Bytes {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(to),
            Self::Built(bytes) => bytes.read(to),
        }
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Built(bytes) => bytes.seek(to),
        }
    }
}

/// A clip with the built-in decoder.
pub(crate) struct Mp4Clip {
    name: String,
    bytes: Bytes,
    track: Track,
    decoder: Decoder,
    colours: Colours,
    max_side: u32,
    info: SourceInfo,
    /// Index of the next frame to decode.
    at: usize,
    /// Display times in display order.
    times: VecDeque<i64>,
    first_time: i64,
    /// Decoded frames that were not requested yet.
    ready: VecDeque<SourceFrame>,
    read: u64,
    damage: Option<String>,
    over: bool,
}

impl fmt::Debug for Mp4Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mp4Clip({})", self.name)
    }
}

impl Mp4Clip {
    /// Opens the file at `path`.
    pub(crate) fn open_file(path: &Path, max_side: u32) -> Result<Self, Mp4Error> {
        let file = File::open(path)?;
        Self::open(path.display().to_string(), Bytes::File(file), max_side)
    }

    /// Reads the index of `bytes` and decodes the first frame.
    pub(crate) fn open(name: String, bytes: Bytes, max_side: u32) -> Result<Self, Mp4Error> {
        let opened = pictures::decoding(|| Self::open_unguarded(name, bytes, max_side));
        opened.unwrap_or_else(|why| Err(Mp4Error::Broken(why)))
    }

    fn open_unguarded(name: String, mut bytes: Bytes, max_side: u32) -> Result<Self, Mp4Error> {
        let length = bytes.seek(SeekFrom::End(0))?;
        let mut track = Track::read(&mut bytes, length)?;
        let is_cut = |s: &Sample| s.offset.saturating_add(u64::from(s.bytes)) > length;
        let damage = track.samples.iter().position(is_cut).map(|at| {
            track.samples.truncate(at);
            "the end of the file is missing".to_owned()
        });
        if let (Some(why), true) = (&damage, track.samples.is_empty()) {
            return Err(Mp4Error::Broken(why.clone()));
        }
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|error| Mp4Error::Unsupported(plain(&error).into()))?;
        let mut times: Vec<i64> = track.samples.iter().map(|sample| sample.shown).collect();
        times.sort_unstable();
        let shown: Vec<i64> = times
            .iter()
            .copied()
            .filter(|t| track.shown.contains(t))
            .collect();
        let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
            return Err(Mp4Error::NoFrames);
        };
        let length_secs = last.saturating_sub(*first) as f64 / f64::from(track.timescale);
        let steps = shown.len() - 1;
        let is_sequence_set = |set: &&Vec<u8>| set.first().is_some_and(|head| head & 0x1f == 7);
        let sequence_set = track.parameter_sets.iter().find(is_sequence_set);
        let mut clip = Self {
            info: SourceInfo {
                what: name.clone(),
                size: None,
                fps: (length_secs > 0.0).then(|| (steps as f64 / length_secs) as f32),
                frames: Some(shown.len() as u64),
                live: false,
            },
            colours: sequence_set.map(|set| colours_of(set)).unwrap_or_default(),
            first_time: *first,
            times: times.into(),
            name,
            bytes,
            track,
            decoder,
            max_side,
            at: 0,
            ready: VecDeque::new(),
            read: 0,
            damage,
            over: false,
        };
        while clip.ready.is_empty() && clip.advance()? {}
        let first = clip.ready.front().ok_or_else(|| {
            // Interlaced, 10-bit and 4:2:2 streams end here.
            Mp4Error::Unsupported("its kind of H.264 is not known here".into())
        })?;
        clip.info.size = Some(first.picture.size());
        Ok(clip)
    }

    /// Decodes one more frame; `false` at the end.
    fn advance(&mut self) -> Result<bool, Mp4Error> {
        let Some(sample) = self.track.samples.get(self.at).copied() else {
            return self.drain();
        };
        let packet = self.packet(sample)?;
        self.at += 1;
        let undecodable = |error: openh264::Error| match self.read {
            0 => Mp4Error::Unsupported("its kind of H.264 is not known here".into()),
            _ => Mp4Error::Broken(plain(&error).into()),
        };
        let decoded = self.decoder.decode(&packet).map_err(undecodable)?;
        let colours = self.colours;
        let picture = decoded.map(|planes| picture_from_planes(&planes, colours));
        if let Some(picture) = picture {
            self.show(picture);
        }
        Ok(true)
    }

    /// Flushes the decoder's delayed frames; `false` if there are none.
    fn drain(&mut self) -> Result<bool, Mp4Error> {
        if std::mem::replace(&mut self.over, true) {
            return Ok(false);
        }
        let colours = self.colours;
        let rest = self
            .decoder
            .flush_remaining()
            .map_err(|error| Mp4Error::Broken(plain(&error).into()))?;
        let pictures: Vec<Picture> = rest
            .iter()
            .map(|planes| picture_from_planes(planes, colours))
            .collect();
        for picture in pictures {
            self.show(picture);
        }
        Ok(!self.ready.is_empty())
    }

    /// Stores a decoded frame with the next time, unless the edit list excludes it.
    fn show(&mut self, picture: Picture) {
        let Some(time) = self.times.pop_front() else {
            return;
        };
        if !self.track.shown.contains(&time) {
            return;
        }
        let ticks = u64::try_from(time.saturating_sub(self.first_time)).unwrap_or(0);
        let secs = (ticks as f64 / f64::from(self.track.timescale)).min(LATEST_SECS);
        let upright = turned(picture, self.track.quarter_turns);
        self.ready.push_back(SourceFrame {
            picture: pictures::within(upright, self.max_side),
            shown_at: FrameTime(Duration::from_secs_f64(secs)),
        });
    }

    /// Returns a frame's bytes in the decoder's format; the parameter sets precede the first frame.
    fn packet(&mut self, sample: Sample) -> Result<Vec<u8>, Mp4Error> {
        if sample.bytes > MAX_FRAME_BYTES {
            return Err(Mp4Error::Broken("a frame is larger than can be".into()));
        }
        let mut coded = vec![0; sample.bytes as usize];
        self.bytes.seek(SeekFrom::Start(sample.offset))?;
        self.bytes.read_exact(&mut coded)?;
        let mut packet = Vec::with_capacity(coded.len() + 64);
        let sets = if self.at == 0 {
            self.track.parameter_sets.as_slice()
        } else {
            &[]
        };
        for set in sets {
            packet.extend_from_slice(&START_CODE);
            packet.extend_from_slice(set);
        }
        let mut rest = coded.as_slice();
        while let Some((length, after)) = rest.split_at_checked(self.track.length_bytes) {
            let bytes = length
                .iter()
                .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            let Some((nal, after)) = after.split_at_checked(bytes) else {
                return Err(Mp4Error::Broken("a frame is damaged".into()));
            };
            packet.extend_from_slice(&START_CODE);
            packet.extend_from_slice(nal);
            rest = after;
        }
        Ok(packet)
    }

    fn broken(&self, why: String) -> CaptureError {
        CaptureError::Broken {
            name: self.name.clone(),
            frames: self.read,
            why,
        }
    }
}

impl FrameSource for Mp4Clip {
    fn next(&mut self, _limit: Duration) -> Result<Polled, CaptureError> {
        while self.ready.is_empty() {
            let advanced = pictures::decoding(|| self.advance());
            match advanced.unwrap_or_else(|why| Err(Mp4Error::Broken(why))) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.over = true;
                    self.at = usize::MAX;
                    return Err(self.broken(words(&error)));
                }
            }
        }
        let Some(frame) = self.ready.pop_front() else {
            return match self.damage.take() {
                Some(why) => Err(self.broken(why)),
                None => Ok(Polled::Ended),
            };
        };
        self.read += 1;
        Ok(Polled::Frame(frame))
    }

    fn describe(&self) -> SourceInfo {
        self.info.clone()
    }
}

/// Returns the decoder's error in plain words; its own message is meant for developers.
fn plain(error: &openh264::Error) -> &'static str {
    tracing::debug!(%error, "OpenH264 gave up");
    pictures::UNDECODABLE
}

fn words(error: &Mp4Error) -> String {
    match error {
        Mp4Error::Read(why) => why.to_string(),
        Mp4Error::Broken(why) | Mp4Error::Unsupported(why) => why.clone(),
        Mp4Error::NoFrames => "it holds no frames".into(),
    }
}
