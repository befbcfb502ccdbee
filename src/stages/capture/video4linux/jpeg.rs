//! [`Jpegs`]: decodes a camera's JPEGs. They are truncated, lack their tables or end in garbage more
//! often than files.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::domain::frame::{Picture, Size};

/// Longest supported side, pixels.
const LONGEST_SIDE: usize = 8192;

/// Consecutive damaged pictures at the start after which they are shown anyway.
const PATIENCE: u32 = 30;

/// Marks omitted standard Huffman tables, as in AVI.
const USUAL_TABLES: [u8; 9] = [0xff, 0xe0, 0, 7, b'A', b'V', b'I', b'1', 0];

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// The structure of a JPEG.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    has_tables: bool,
    /// Bytes up to the end marker; `None` without one.
    length: Option<usize>,
}

/// Walks the segments; `None` if no picture data follows.
fn parts(bytes: &[u8]) -> Option<Parts> {
    let mut rest = bytes.strip_prefix(&START)?;
    let mut has_tables = false;
    loop {
        // Some cameras leave bytes between segments.
        let mark = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
        let [_, kind, following @ ..] = rest.get(mark..)? else {
            return None;
        };
        rest = match kind {
            0xd8 | 0x01 | 0xd0..=0xd7 => following,
            0xd9 => return None,
            _ => {
                has_tables |= *kind == 0xc4;
                let length = u16::from_be_bytes(*following.first_chunk()?);
                following.get(usize::from(length.max(2))..)?
            }
        };
        if *kind == 0xda {
            break;
        }
    }
    let end = rest.windows(2).position(|pair| pair == END);
    Some(Parts {
        has_tables,
        length: end.map(|end| bytes.len() - rest.len() + end + END.len()),
    })
}

/// Decoder for the JPEGs of one camera.
#[derive(Debug, Default)]
pub(super) struct Jpegs {
    /// Whether any picture was complete.
    had_whole: bool,
    /// Number of consecutive incomplete pictures.
    refused: u32,
}

impl Jpegs {
    /// Decodes a picture; `None` if it is damaged or truncated.
    pub(super) fn picture(&mut self, bytes: &[u8]) -> Option<Picture> {
        let parts = parts(bytes)?;
        let ended = parts.length.is_some();
        let bytes = bytes.get(..parts.length.unwrap_or(bytes.len()))?;
        let whole = decoded(bytes, &parts, true);
        if whole.is_some() {
            self.had_whole = true;
            return whole;
        }
        self.refused = self.refused.saturating_add(1);
        if self.had_whole || !ended || self.refused < PATIENCE {
            return None;
        }
        decoded(bytes, &parts, false)
    }
}

fn decoded(bytes: &[u8], parts: &Parts, strict: bool) -> Option<Picture> {
    let with_tables: Vec<u8>;
    let bytes = if parts.has_tables {
        bytes
    } else {
        let rest = bytes.strip_prefix(&START)?;
        with_tables = [START.as_slice(), &USUAL_TABLES, rest].concat();
        &with_tables
    };
    let options = DecoderOptions::default()
        .set_strict_mode(strict)
        .set_max_width(LONGEST_SIDE)
        .set_max_height(LONGEST_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let rgba = decoder.decode().ok()?;
    let info = decoder.info()?;
    let size = Size::new(u32::from(info.width), u32::from(info.height));
    Picture::from_rgba(size, rgba).ok()
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder as _};

    use super::*;

    fn jpeg(kind: ExtendedColorType) -> Vec<u8> {
        let pixels: Vec<u8> = (0..64 * 48 * 3).map(|at| (at * 7 % 251) as u8).collect();
        let used = 64 * 48 * kind.bits_per_pixel() as usize / 8;
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90)
            .write_image(&pixels[..used], 64, 48, kind)
            .unwrap();
        bytes
    }

    fn colours() -> Vec<u8> {
        jpeg(ExtendedColorType::Rgb8)
    }

    fn picture(bytes: &[u8]) -> Option<Picture> {
        Jpegs::default().picture(bytes)
    }

    /// Returns the JPEG without its Huffman tables.
    fn without_tables(whole: &[u8]) -> Vec<u8> {
        let (mut kept, mut at) = (whole[..2].to_vec(), 2);
        while whole[at + 1] != 0xda {
            let length = 2 + usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]]));
            if whole[at + 1] != 0xc4 {
                kept.extend(&whole[at..at + length]);
            }
            at += length;
        }
        kept.extend(&whole[at..]);
        kept
    }

    #[test]
    fn a_jpeg_is_decoded_in_colour_and_in_grey() {
        for kind in [ExtendedColorType::Rgb8, ExtendedColorType::L8] {
            let picture = picture(&jpeg(kind)).unwrap();

            assert_eq!(picture.size(), Size::new(64, 48));
            let opaque = picture
                .rgba()
                .as_chunks::<4>()
                .0
                .iter()
                .all(|p| p[3] == 255);
            assert!(opaque, "{kind:?}");
        }
    }

    #[test]
    fn a_jpeg_without_huffman_tables_is_the_same_picture() {
        let whole = colours();
        let bare = without_tables(&whole);

        assert!(bare.len() < whole.len());
        assert_eq!(picture(&bare).unwrap(), picture(&whole).unwrap());
    }

    #[test]
    fn a_jpeg_that_is_cut_off_is_no_picture() {
        let whole = colours();
        for length in [
            0,
            1,
            2,
            20,
            whole.len() / 3,
            whole.len() * 6 / 10,
            whole.len() * 9 / 10,
        ] {
            assert!(picture(&whole[..length]).is_none(), "{length} bytes");
        }
        assert!(picture(&[0; 100]).is_none());
        let mut camera = Jpegs::default();
        for _ in 0..PATIENCE * 2 {
            assert!(camera.picture(&whole[..whole.len() * 6 / 10]).is_none());
        }
    }

    #[test]
    fn rubbish_behind_the_end_and_between_segments_does_no_harm() {
        let whole = colours();
        let expected = picture(&whole);
        let behind = [&whole[..], &whole[whole.len() / 2..]].concat();
        let without_end = &whole[..whole.len() - 2];

        assert_eq!(picture(&behind), expected);
        assert!(picture(without_end).is_some(), "all of it is there");
    }

    #[test]
    fn a_camera_whose_pictures_are_never_quite_right_is_shown_after_a_while() {
        let whole = colours();
        let odd = [&whole[..2], &[1, 2, 3, 4, 5, 6], &whole[2..]].concat();
        let mut camera = Jpegs::default();

        let shown = (0..PATIENCE * 2).filter(|_| camera.picture(&odd).is_some());

        assert!(shown.count() >= PATIENCE as usize);
    }
}
