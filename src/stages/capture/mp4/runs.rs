//! The runs (`trun`) of a fragmented MP4 file.

use crate::stages::capture::mp4::boxes::{boxes, first, u32_at, u64_at};
use crate::stages::capture::mp4::sample::{Mp4Error, Sample, broken};

/// Default values of frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    duration: u32,
    bytes: u32,
}

impl Defaults {
    /// Reads the defaults of the track `id` from `moov`.
    pub(crate) fn of_moov(moov: &[u8], id: u32) -> Self {
        let extends = first(moov, *b"mvex").unwrap_or_default();
        boxes(extends)
            .filter(|found| &found.name == b"trex")
            .find(|found| u32_at(found.content, 4) == Some(id))
            .map(|found| Self {
                duration: u32_at(found.content, 12).unwrap_or(0),
                bytes: u32_at(found.content, 16).unwrap_or(0),
            })
            .unwrap_or_default()
    }
}

/// The position of a `moof`, and the limit of frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Byte offset in the file.
    pub(crate) at: u64,
    /// Maximum number of frames in the file.
    pub(crate) most: usize,
}

/// Appends the frames of the track `id` in a `moof`.
pub(crate) fn samples_of_moof(
    moof: &[u8],
    place: Place,
    id: u32,
    defaults: Defaults,
    samples: &mut Vec<Sample>,
) -> Result<(), Mp4Error> {
    for traf in boxes(moof).filter(|found| &found.name == b"traf") {
        let Some(header) = first(traf.content, *b"tfhd") else {
            continue;
        };
        if u32_at(header, 4) == Some(id) {
            let added = samples_of_traf(traf.content, header, place, defaults, samples);
            added.ok_or_else(|| broken("a piece of its index is damaged"))?;
        }
    }
    Ok(())
}

/// Reads successive numbers.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn next(&mut self) -> Option<u32> {
        let value = u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(value)
    }

    /// Returns the next number if it is present, otherwise `otherwise`.
    fn next_or(&mut self, there: bool, otherwise: u32) -> Option<u32> {
        if there { self.next() } else { Some(otherwise) }
    }
}

fn samples_of_traf(
    traf: &[u8],
    header: &[u8],
    Place { at, most }: Place,
    mut defaults: Defaults,
    samples: &mut Vec<Sample>,
) -> Option<()> {
    let flags = u32_at(header, 0)?;
    let mut fields = Fields {
        bytes: header,
        at: 8,
    };
    let mut base = at;
    if flags & 0x1 != 0 {
        base = u64_at(header, 8)?;
        fields.at += 8;
    }
    fields.next_or(flags & 0x2 != 0, 0)?;
    defaults.duration = fields.next_or(flags & 0x8 != 0, defaults.duration)?;
    defaults.bytes = fields.next_or(flags & 0x10 != 0, defaults.bytes)?;
    let mut decoded = match first(traf, *b"tfdt") {
        Some(time) if time.first() == Some(&1) => u64_at(time, 4)?.cast_signed(),
        Some(time) => i64::from(u32_at(time, 4)?),
        None => samples.last().map_or(0, |last| last.shown),
    };
    let mut place = base;
    for run in boxes(traf).filter(|found| &found.name == b"trun") {
        let mut fields = Fields {
            bytes: run.content,
            at: 4,
        };
        let flags = u32_at(run.content, 0)?;
        let count = fields.next()?;
        if flags & 0x1 != 0 {
            let offset = fields.next()?.cast_signed();
            place = base.checked_add_signed(i64::from(offset))?;
        }
        fields.next_or(flags & 0x4 != 0, 0)?;
        for _ in 0..count {
            let duration = fields.next_or(flags & 0x100 != 0, defaults.duration)?;
            let bytes = fields.next_or(flags & 0x200 != 0, defaults.bytes)?;
            fields.next_or(flags & 0x400 != 0, 0)?;
            let delay = fields.next_or(flags & 0x800 != 0, 0)?;
            samples.push(Sample {
                offset: place,
                bytes,
                shown: decoded.checked_add(i64::from(delay.cast_signed()))?,
            });
            place = place.checked_add(u64::from(bytes))?;
            decoded = decoded.checked_add(i64::from(duration))?;
            if samples.len() > most {
                return None;
            }
        }
    }
    Some(())
}
