//! The colour description of an H.264 sequence parameter set.

use crate::stages::capture::mp4::rgba::{Colours, Matrix};

/// Profiles whose parameter sets contain a chroma format.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Returns the colours of a stream with the sequence parameter set `nal` (without start code). Missing
/// values have the usual defaults: BT.601, limited range.
pub(crate) fn colours_of(nal: &[u8]) -> Colours {
    parse(nal).unwrap_or_default()
}

/// Reads bits, most significant first, without emulation prevention bytes.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(nal: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(nal.len());
        let mut zeros = 0;
        for byte in nal.iter().skip(1) {
            if *byte == 3 && zeros >= 2 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    fn flag(&mut self) -> Option<bool> {
        self.bit().map(|bit| bit == 1)
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    /// Reads an Exp-Golomb number.
    fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some(((1_u64 << zeros) - 1) as u32 + self.bits(zeros)?)
    }
}

fn parse(nal: &[u8]) -> Option<Colours> {
    let mut bits = Bits::new(nal);
    let profile = bits.bits(8)? as u8;
    bits.bits(16)?;
    bits.number()?;
    if HIGH_PROFILES.contains(&profile) {
        skip_high_profile(&mut bits)?;
    }
    bits.number()?;
    match bits.number()? {
        0 => {
            bits.number()?;
        }
        1 => {
            bits.bit()?;
            bits.number()?;
            bits.number()?;
            for _ in 0..bits.number()? {
                bits.number()?;
            }
        }
        _ => {}
    }
    bits.number()?;
    bits.bit()?;
    bits.number()?;
    bits.number()?;
    if !bits.flag()? {
        bits.bit()?;
    }
    bits.bit()?;
    if bits.flag()? {
        for _ in 0..4 {
            bits.number()?;
        }
    }
    if !bits.flag()? {
        return Some(Colours::default());
    }
    usability(&mut bits)
}

/// Skips chroma format, bit depths and scaling lists.
fn skip_high_profile(bits: &mut Bits) -> Option<()> {
    let chroma = bits.number()?;
    if chroma == 3 {
        bits.bit()?;
    }
    bits.number()?;
    bits.number()?;
    bits.bit()?;
    if bits.flag()? {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(())
}

fn skip_scaling_list(bits: &mut Bits, length: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..length {
        if next != 0 {
            let code = i64::from(bits.number()?);
            let delta = if code % 2 == 1 {
                (code + 1) / 2
            } else {
                -code / 2
            };
            next = (last + delta + 256).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// Reads the video usability information up to its colours.
fn usability(bits: &mut Bits) -> Option<Colours> {
    const EXTENDED_ASPECT: u32 = 255;
    if bits.flag()? && bits.bits(8)? == EXTENDED_ASPECT {
        bits.bits(32)?;
    }
    if bits.flag()? {
        bits.bit()?;
    }
    let mut colours = Colours::default();
    if bits.flag()? {
        bits.bits(3)?;
        colours.full_range = bits.flag()?;
        if bits.flag()? {
            bits.bits(16)?;
            colours.matrix = match bits.bits(8)? {
                1 => Matrix::Bt709,
                9 | 10 => Matrix::Bt2020,
                _ => Matrix::Bt601,
            };
        }
    }
    Some(colours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_says_nothing_or_is_cut_off_means_bt601_limited() {
        // 320x240, High profile, as written by x264 without colour options.
        let nal = [
            0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03,
            0x00, 0x10, 0x00, 0x00, 0x03, 0x01, 0x40, 0xf1, 0x42, 0x99, 0x60,
        ];

        assert_eq!(colours_of(&nal), Colours::default());
        assert_eq!(colours_of(&nal[..6]), Colours::default());
        assert_eq!(colours_of(&[]), Colours::default());
    }
}
