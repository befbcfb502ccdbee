//! [`Track`]: position and display time of each frame in an MP4 file.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::stages::capture::mp4::boxes::{boxes, descend, first, head_of, u16_at, u32_at, u64_at};
use crate::stages::capture::mp4::runs::{Defaults, Place, samples_of_moof};
use crate::stages::capture::mp4::sample::{Mp4Error, Sample, broken};
use crate::stages::capture::mp4::table::samples_of_table;

/// Size limit of a `moov` or `moof`, bytes; an hour of video needs less than 4 MiB.
const MAX_INDEX_BYTES: u64 = 128 << 20;

/// Maximum number of frames: 50 hours at 60 per second.
const MAX_SAMPLES: usize = 10_800_000;

/// Bytes of a sample description before its boxes.
const AVC1_FIELDS: usize = 78;

/// The video track of a file.
#[derive(Debug)]
pub(crate) struct Track {
    /// Ticks per second.
    pub(crate) timescale: u32,
    /// In decoding order.
    pub(crate) samples: Vec<Sample>,
    /// Displayed times; frames outside are only decoded.
    pub(crate) shown: Range<i64>,
    /// Bytes of the length before each NAL unit: 1, 2 or 4.
    pub(crate) length_bytes: usize,
    /// Parameter sets, without start codes.
    pub(crate) parameter_sets: Vec<Vec<u8>>,
    /// Clockwise quarter turns to upright frames, in `0..4`.
    pub(crate) quarter_turns: u8,
}

impl Track {
    /// Reads the index of a file of `length` bytes.
    pub(crate) fn read(file: &mut (impl Read + Seek), length: u64) -> Result<Self, Mp4Error> {
        // A frame has at least one byte, which limits the table of a small file.
        let most = MAX_SAMPLES.min(usize::try_from(length).unwrap_or(MAX_SAMPLES));
        let mut track: Option<(Self, u32, Defaults)> = None;
        let mut at = 0_u64;
        while at.saturating_add(8) <= length {
            file.seek(SeekFrom::Start(at))?;
            let mut start = Vec::new();
            file.by_ref().take(16).read_to_end(&mut start)?;
            let Some(head) = head_of(&start) else {
                // Boxes after the video are irrelevant.
                if track.is_some() {
                    break;
                }
                return Err(broken("it is no MP4 file"));
            };
            let whole = head.whole_bytes.unwrap_or(length - at);
            if matches!(&head.name, b"moov" | b"moof") {
                let end = at.saturating_add(whole);
                if end > length || whole > MAX_INDEX_BYTES {
                    // A truncated fragmented file plays up to the truncation.
                    if track.is_some() && &head.name == b"moof" {
                        break;
                    }
                    return Err(broken("its index is cut off"));
                }
                let mut content = vec![0; (whole - head.own_bytes) as usize];
                file.seek(SeekFrom::Start(at + head.own_bytes))?;
                file.read_exact(&mut content)?;
                if &head.name == b"moov" {
                    track = Some(Self::of_moov(&content, most)?);
                } else if let Some((track, id, defaults)) = &mut track {
                    let place = Place { at, most };
                    samples_of_moof(&content, place, *id, *defaults, &mut track.samples)?;
                }
            }
            at = at.saturating_add(whole);
        }
        let (track, ..) = track.ok_or_else(|| broken("its index (moov) is missing"))?;
        Ok(track)
    }

    fn of_moov(moov: &[u8], most: usize) -> Result<(Self, u32, Defaults), Mp4Error> {
        let is_video = |trak: &&[u8]| {
            let handler = descend(trak, &[*b"mdia", *b"hdlr"]).and_then(|hdlr| hdlr.get(8..12));
            handler == Some(b"vide")
        };
        let mut traks = boxes(moov)
            .filter(|b| &b.name == b"trak")
            .map(|b| b.content);
        let trak = traks.find(is_video).ok_or(Mp4Error::NoFrames)?;
        let mdia = first(trak, *b"mdia").unwrap_or_default();
        let header = first(mdia, *b"mdhd").unwrap_or_default();
        let timescale = match header.first() {
            Some(1) => u32_at(header, 20),
            _ => u32_at(header, 12),
        };
        let timescale = timescale
            .filter(|scale| *scale > 0)
            .ok_or_else(|| broken("no time scale"))?;
        let stbl = descend(mdia, &[*b"minf", *b"stbl"]).ok_or_else(|| broken("no sample table"))?;
        let (length_bytes, parameter_sets) = h264_settings(stbl)?;
        let track_header = first(trak, *b"tkhd").unwrap_or_default();
        let long = usize::from(track_header.first() == Some(&1));
        let id = u32_at(track_header, 12 + 8 * long).unwrap_or(1);
        let track = Self {
            timescale,
            samples: samples_of_table(stbl, most)?,
            shown: shown_range(moov, trak, timescale),
            length_bytes,
            parameter_sets,
            quarter_turns: quarter_turns(track_header.get(40 + 12 * long..).unwrap_or_default()),
        };
        Ok((track, id, Defaults::of_moov(moov, id)))
    }
}

/// Returns the length size and parameter sets of an H.264 track.
fn h264_settings(stbl: &[u8]) -> Result<(usize, Vec<Vec<u8>>), Mp4Error> {
    let descriptions = first(stbl, *b"stsd").and_then(|stsd| stsd.get(8..));
    let description = descriptions.and_then(|bytes| boxes(bytes).next());
    let description = description.ok_or_else(|| broken("no sample description"))?;
    if !matches!(&description.name, b"avc1" | b"avc3") {
        let name = String::from_utf8_lossy(&description.name);
        let is_a_name = description.name.iter().all(u8::is_ascii_alphanumeric);
        return Err(Mp4Error::Unsupported(if is_a_name {
            format!("its video is \"{name}\", not H.264")
        } else {
            "its video is not H.264".into()
        }));
    }
    let inside = description.content.get(AVC1_FIELDS..).unwrap_or_default();
    let settings = first(inside, *b"avcC").ok_or_else(|| broken("no H.264 settings"))?;
    parse_avcc(settings).ok_or_else(|| broken("its H.264 settings are damaged"))
}

fn parse_avcc(avcc: &[u8]) -> Option<(usize, Vec<Vec<u8>>)> {
    let length_bytes = usize::from(avcc.get(4)? & 3) + 1;
    let mut sets = Vec::new();
    let mut at = 5;
    // Sequence parameter sets, then picture parameter sets.
    for mask in [0x1f, 0xff] {
        let count = avcc.get(at)? & mask;
        at += 1;
        for _ in 0..count {
            let bytes = usize::from(u16_at(avcc, at)?);
            sets.push(avcc.get(at + 2..at + 2 + bytes)?.to_vec());
            at += 2 + bytes;
        }
    }
    Some((length_bytes, sets))
}

/// Returns the times that the edit list displays; other frames remain in the file.
fn shown_range(moov: &[u8], trak: &[u8], timescale: u32) -> Range<i64> {
    shown_by_edit(moov, trak, timescale).unwrap_or(i64::MIN..i64::MAX)
}

fn shown_by_edit(moov: &[u8], trak: &[u8], timescale: u32) -> Option<Range<i64>> {
    let movie = first(moov, *b"mvhd")?;
    let movie_scale = match movie.first()? {
        1 => u32_at(movie, 20)?,
        _ => u32_at(movie, 12)?,
    };
    let edits = descend(trak, &[*b"edts", *b"elst"])?;
    let long = edits.first() == Some(&1);
    let entry_bytes = if long { 20 } else { 12 };
    let entries = edits.get(8..)?.chunks_exact(entry_bytes);
    let (length, begin) = entries
        .filter_map(|entry| {
            Some(if long {
                (u64_at(entry, 0)?, u64_at(entry, 8)?.cast_signed())
            } else {
                (
                    u64::from(u32_at(entry, 0)?),
                    i64::from(u32_at(entry, 4)?.cast_signed()),
                )
            })
        })
        // An entry at -1 is a pause before the clip.
        .find(|(_, begin)| *begin >= 0)?;
    let ticks = u128::from(length) * u128::from(timescale) / u128::from(movie_scale.max(1));
    let end = if ticks == 0 {
        i64::MAX
    } else {
        begin.saturating_add(i64::try_from(ticks).unwrap_or(i64::MAX))
    };
    Some(begin..end)
}

/// Returns the rotation of a track header's matrix, as written by phones.
fn quarter_turns(matrix: &[u8]) -> u8 {
    let number = |at: usize| u32_at(matrix, at).unwrap_or(0).cast_signed();
    match (number(0).signum(), number(4).signum()) {
        (0, 1) => 1,
        (-1, 0) => 2,
        (0, -1) => 3,
        _ => 0,
    }
}
