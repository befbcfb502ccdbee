//! Checks of a JPEG file before decoding: whether it is complete, and how much memory its decoder
//! needs besides the pixels.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const PROGRESSIVE: u8 = 0xc2;

/// Bytes per coefficient in the decoder.
const COEFFICIENT: u64 = 2;

/// Returns whether an end marker closes the last scan. The decoder fills a truncated picture with grey
/// silently. Markers cannot occur inside a scan, which escapes 0xFF.
pub(super) fn is_whole(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let (mut before, mut open, mut ended) = (0, false, false);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(ended && !open);
        }
        for &byte in bytes {
            if before == 0xff && matches!(byte, END | SCAN) {
                (open, ended) = (byte == SCAN, true);
            }
            before = byte;
        }
        let count = bytes.len();
        file.consume(count);
    }
}

/// Returns the bytes that the decoder keeps besides the pixels: the coefficients of every block if there
/// are several scans, otherwise none. Returns 0 for an invalid header.
pub(super) fn coefficient_bytes(file: &mut (impl Read + Seek)) -> io::Result<u64> {
    file.seek(SeekFrom::Start(2))?;
    let mut frame: Option<Frame> = None;
    loop {
        let [marker] = take(file)?;
        if marker != 0xff {
            return Ok(0);
        }
        let mut kind = [0xff];
        while kind == [0xff] {
            kind = take(file)?;
        }
        let [kind] = kind;
        let length = u16::from_be_bytes(take(file)?);
        let mut content = vec![0; usize::from(length.saturating_sub(2))];
        file.read_exact(&mut content)?;
        match kind {
            0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                frame = Frame::of(&content, kind == PROGRESSIVE);
            }
            SCAN => {
                let components = content.first().copied().unwrap_or(0);
                return Ok(frame.map_or(0, |frame| frame.kept_bytes(components)));
            }
            END => return Ok(0),
            _ => {}
        }
    }
}

fn take<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The memory-relevant values of a frame header.
struct Frame {
    progressive: bool,
    components: u8,
    /// Total number of coefficients of all components.
    coefficients: u64,
}

impl Frame {
    fn of(content: &[u8], progressive: bool) -> Option<Self> {
        let side = |at: usize| {
            Some(u64::from(u16::from_be_bytes(
                *content.get(at..)?.first_chunk()?,
            )))
        };
        let (height, width, components) = (side(1)?, side(3)?, *content.get(5)?);
        let sampling = content.get(6..)?.chunks_exact(3).take(components.into());
        let factors = sampling.map(|component| (component[1] >> 4, component[1] & 0xf));
        let factors: Vec<(u64, u64)> = factors.map(|(h, v)| (h.into(), v.into())).collect();
        let across = factors.iter().map(|(h, _)| *h).max()?.max(1);
        let down = factors.iter().map(|(_, v)| *v).max()?.max(1);
        let blocks = width.div_ceil(8 * across) * height.div_ceil(8 * down);
        let in_a_block: u64 = factors.iter().map(|(h, v)| h * v * 64).sum();
        Some(Self {
            progressive,
            components,
            coefficients: blocks * in_a_block,
        })
    }

    /// Returns the bytes kept if the first scan contains this many components.
    fn kept_bytes(&self, in_first_scan: u8) -> u64 {
        if self.progressive || in_first_scan < self.components {
            self.coefficients * COEFFICIENT
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Returns a header of 160×80 pixels with chroma at half the resolution.
    fn head(frame: u8, in_scan: u8) -> Vec<u8> {
        let mut bytes = vec![
            0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, frame, 0, 17, 8, 0, 80, 0, 160,
        ];
        bytes.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        bytes.extend([0xff, SCAN, 0, 3, in_scan]);
        bytes
    }

    #[test]
    fn coefficients_are_counted_where_the_picture_comes_in_several_scans() {
        let count = |frame, in_scan| coefficient_bytes(&mut Cursor::new(head(frame, in_scan)));

        // Half as many chroma samples as luma samples, 2 bytes each.
        assert_eq!(count(PROGRESSIVE, 3).unwrap(), 160 * 80 * 3 / 2 * 2);
        assert_eq!(count(0xc0, 1).unwrap(), 160 * 80 * 3 / 2 * 2);
        assert_eq!(count(0xc0, 3).unwrap(), 0);
        assert!(coefficient_bytes(&mut Cursor::new(vec![0xff, 0xd8, 0xff])).is_err());
    }

    #[test]
    fn a_picture_is_whole_where_its_last_scan_is_closed() {
        let whole = |bytes: &[u8]| is_whole(&mut Cursor::new(bytes)).unwrap();
        let scan = [0xff, SCAN, 1, 2, 3];

        assert!(whole(&[&scan[..], &[0xff, END]].concat()));
        assert!(!whole(&scan));
        assert!(!whole(&[&[0xff, END], &scan[..]].concat()));
        assert!(!whole(&[1, 2, 3]));
    }
}
