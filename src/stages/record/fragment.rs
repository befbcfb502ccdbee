//! [`Fragments`]: writes the header and the fragments of an MP4 file from encoded frames with times.
//!
//! muxide writes the header. This module writes the fragments, because muxide estimates the duration of
//! a fragment's last frame and starts the next fragment at the estimate, which shifts frames at
//! irregular intervals.

use muxide::fragmented::{FragmentConfig, FragmentedMuxer};

use crate::domain::frame::Size;
use crate::stages::record::encode::{ParameterSets, Sample};

/// Ticks per second of the file's times.
pub(crate) const TIMESCALE: u32 = 90_000;

/// Sample flags of a key frame (depends on no other), and of other frames.
const KEY_FLAGS: u32 = 0x0200_0000;
const OTHER_FLAGS: u32 = 0x0101_0000;

/// A frame of the current fragment.
#[derive(Debug)]
struct Timed {
    sample: Sample,
    /// Display duration, ticks.
    ticks: u32,
}

/// Collects frames into fragments.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    number: u32,
    /// Start of the current fragment, ticks.
    base: u64,
    collected: Vec<Timed>,
    collected_ticks: u64,
}

impl Fragments {
    /// Returns the header of the file: `ftyp` and `moov`.
    pub(crate) fn head(size: Size, sets: &ParameterSets) -> Result<Vec<u8>, String> {
        let mut config = FragmentConfig::new(size.width, size.height, TIMESCALE);
        config.sps.clone_from(&sets.sps);
        config.pps.clone_from(&sets.pps);
        let mut muxer = FragmentedMuxer::new(config).map_err(|error| error.to_string())?;
        Ok(muxer.init_segment())
    }

    /// Adds a frame with a display duration of `ticks`.
    pub(crate) fn push(&mut self, sample: Sample, ticks: u32) {
        self.collected_ticks += u64::from(ticks);
        self.collected.push(Timed { sample, ticks });
    }

    /// Returns the duration of the current fragment, ticks.
    pub(crate) fn collected_ticks(&self) -> u64 {
        self.collected_ticks
    }

    /// Returns the current fragment (`moof` and `mdat`), or `None` without frames.
    pub(crate) fn take_piece(&mut self) -> Option<Vec<u8>> {
        if self.collected.is_empty() {
            return None;
        }
        self.number += 1;
        let head_bytes = self.moof(0).len();
        // The frames' bytes begin after the box header of `mdat`.
        let mut piece = self.moof(head_bytes as u32 + 8);
        let bytes: usize = self
            .collected
            .iter()
            .map(|timed| timed.sample.bytes.len())
            .sum();
        piece.extend_from_slice(&(bytes as u32 + 8).to_be_bytes());
        piece.extend_from_slice(b"mdat");
        for timed in self.collected.drain(..) {
            piece.extend_from_slice(&timed.sample.bytes);
        }
        self.base += self.collected_ticks;
        self.collected_ticks = 0;
        Some(piece)
    }

    fn moof(&self, data_offset: u32) -> Vec<u8> {
        let mut track_run = words(&[
            // Offset, and per frame: duration, size, flags.
            0x0000_0701,
            self.collected.len() as u32,
            data_offset,
        ]);
        for timed in &self.collected {
            let flags = if timed.sample.is_key {
                KEY_FLAGS
            } else {
                OTHER_FLAGS
            };
            let entry = [timed.ticks, timed.sample.bytes.len() as u32, flags];
            track_run.extend(words(&entry));
        }
        let mut base_time = words(&[0x0100_0000]);
        base_time.extend_from_slice(&self.base.to_be_bytes());
        let track = [
            // Offsets are relative to the start of `moof`; track 1.
            boxed(*b"tfhd", &words(&[0x0002_0000, 1])),
            boxed(*b"tfdt", &base_time),
            boxed(*b"trun", &track_run),
        ];
        let inside = [
            boxed(*b"mfhd", &words(&[0, self.number])),
            boxed(*b"traf", &track.concat()),
        ];
        boxed(*b"moof", &inside.concat())
    }
}

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = words(&[content.len() as u32 + 8]);
    bytes.extend_from_slice(&name);
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_names_its_frames_and_the_next_starts_where_it_ends() {
        let frame = |byte| Sample {
            bytes: vec![byte; 3],
            is_key: byte == 1,
        };
        let mut fragments = Fragments::default();
        fragments.push(frame(1), 3000);
        fragments.push(frame(2), 90_000);

        let piece = fragments.take_piece().unwrap();

        assert!(piece.ends_with(&[0, 0, 0, 14, b'm', b'd', b'a', b't', 1, 1, 1, 2, 2, 2]));
        let offset_at = piece.windows(4).position(|w| w == b"trun").unwrap() + 12;
        let offset = u32::from_be_bytes(piece[offset_at..offset_at + 4].try_into().unwrap());
        assert_eq!(piece[offset as usize..], [1, 1, 1, 2, 2, 2]);
        assert_eq!(fragments.base, 93_000);
        assert_eq!(fragments.take_piece(), None);
    }
}
