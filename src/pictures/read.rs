//! Files and bytes → [`Picture`]s.
//!
//! The size is looked up before a pixel is decoded, so that a small file which claims to be huge
//! costs nothing.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, RgbaImage};

use crate::domain::frame::{Picture, Size};
use crate::pictures::error::PictureError;

/// How large a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in the file.
    pub max_bytes: u64,
    /// Pixels in the file; more are refused undecoded.
    pub max_pixels: u64,
    /// Pixels on the longer side; larger pictures are scaled down to it.
    pub max_side: u32,
}

impl Default for Limits {
    /// 512 MiB, 100 megapixels, 4096 pixels: any camera's picture passes, and none takes more
    /// than some 300 MB while it is decoded.
    fn default() -> Self {
        Self {
            max_bytes: 512 << 20,
            max_pixels: 100_000_000,
            max_side: 4096,
        }
    }
}

/// Reads the picture at `path`: upright, alpha 255 everywhere, at most `limits.max_side` long.
pub fn read(path: &Path, limits: &Limits) -> Result<Picture, PictureError> {
    let about = fs::metadata(path).map_err(|why| PictureError::from_reading(path, why))?;
    if !about.is_file() {
        // A pipe would block for ever.
        return Err(PictureError::NotAFile(path.into()));
    }
    let name = path.display().to_string();
    if about.len() > limits.max_bytes {
        return Err(PictureError::TooManyBytes { name });
    }
    let bytes = fs::read(path).map_err(|why| PictureError::from_reading(path, why))?;
    decode(&bytes, &name, limits)
}

/// Whether the file at `path` holds one grey value a pixel, and not colours.
pub fn is_grey(path: &Path) -> Result<bool, PictureError> {
    let bytes = fs::read(path).map_err(|why| PictureError::from_reading(path, why))?;
    let failed = |error| from_decoder(&path.display().to_string(), error);
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|why| PictureError::from_reading(path, why))?;
    Ok(!reader
        .into_decoder()
        .map_err(failed)?
        .color_type()
        .has_color())
}

/// Decodes a whole picture file that lies in memory; errors call it `name`.
pub fn decode(bytes: &[u8], name: &str, limits: &Limits) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty(name.into()));
    }
    let not_a_picture = |_| PictureError::NotAPicture(name.into());
    let format = image::guess_format(bytes).map_err(not_a_picture)?;
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(PictureError::Broken {
            name: name.into(),
            why: "the end of the JPEG is missing".into(),
        });
    }
    let failed = |error| from_decoder(name, error);
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format)
        .into_decoder()
        .map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels {
            name: name.into(),
            size: Size::new(width, height),
            megapixels: limits.max_pixels / 1_000_000,
        });
    }
    let orientation = decoder.orientation().map_err(failed)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    if width.max(height) > limits.max_side {
        // Averages areas without an intermediate picture, which would take more memory than
        // the picture itself.
        image = image.thumbnail(limits.max_side, limits.max_side);
    }
    image.apply_orientation(orientation);
    opaque(name, image.into_rgba8())
}

/// `rgba`, sRGB-encoded with straight alpha, laid on white. Refuses a picture without pixels.
pub(crate) fn opaque(name: &str, rgba: RgbaImage) -> Result<Picture, PictureError> {
    let size = Size::new(rgba.width(), rgba.height());
    let broken = |why: String| PictureError::Broken {
        name: name.into(),
        why,
    };
    if size.pixels() == 0 {
        return Err(broken("it has no pixels".into()));
    }
    let mut bytes = rgba.into_raw();
    lay_on_white(&mut bytes);
    Picture::from_rgba(size, bytes).map_err(|error| broken(error.to_string()))
}

/// Blends straight-alpha RGBA8 pixels with white, in their own encoding as every viewer does.
fn lay_on_white(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        if let [colour @ .., alpha] = pixel
            && *alpha != 255
        {
            let opacity = u32::from(*alpha);
            for value in colour {
                let mixed = u32::from(*value) * opacity + 255 * (255 - opacity);
                *value = ((mixed + 127) / 255) as u8;
            }
            *alpha = 255;
        }
    }
}

/// Whether the last scan is closed by an end marker. The decoder fills a cut-off picture with
/// grey without a word; markers cannot occur inside a scan, where 0xFF is escaped.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    last(0xd9) > last(0xda)
}

fn from_decoder(name: &str, error: ImageError) -> PictureError {
    let name = name.to_owned();
    match error {
        ImageError::Limits(_) => PictureError::TooManyBytes { name },
        ImageError::Unsupported(_) => PictureError::NotAPicture(name),
        other => PictureError::Broken {
            name,
            why: other.to_string(),
        },
    }
}
