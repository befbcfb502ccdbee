//! Decodes files and bytes into [`Picture`]s.
//!
//! The size check precedes decoding: a small file that claims to be huge costs nothing.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read as _, Seek, SeekFrom};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbaImage};

use crate::domain::frame::{Picture, Size};
use crate::pictures::error::PictureError;
use crate::pictures::guard::{decoding, plain_words};
use crate::pictures::jpeg;

/// Memory limit of a decoder for colour profiles, tables and rows, besides the pixels.
const ASIDE: u64 = 64 << 20;

/// Size of a file's read buffer, bytes.
const AT_ONCE: usize = 64 << 10;

/// Size limits of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in the file.
    pub max_bytes: u64,
    /// Pixels in the file; larger pictures are rejected before decoding.
    pub max_pixels: u64,
    /// Bytes that the decoder may keep of the whole picture: its pixels with the file's channels and
    /// depth, and their conversion. Larger pictures are rejected before decoding.
    pub max_memory: u64,
    /// Pixels on the longer side; larger pictures are scaled down.
    pub max_side: u32,
}

impl Default for Limits {
    /// 512 MiB, 100 megapixels, 512 MiB, 4096 pixels: suitable for any camera. Further processing needs
    /// memory beyond `max_memory`: `vizard styles add` needs 345 MiB in total for 100 megapixels of 8-bit
    /// RGB, 456 MiB for RGBA, and 651 MiB for the largest accepted 16-bit picture, 8192×8192.
    fn default() -> Self {
        Self {
            max_bytes: 512 << 20,
            max_pixels: 100_000_000,
            max_memory: 512 << 20,
            max_side: 4096,
        }
    }
}

/// Reads the picture at `path`: upright, alpha 255 everywhere, at most `limits.max_side` long.
pub fn read(path: &Path, limits: &Limits) -> Result<Picture, PictureError> {
    let name = path.display().to_string();
    Encoded::open(path, &name, limits)?.decode(limits)
}

/// Returns whether the file at `path` contains one grey value per pixel instead of colours.
pub fn is_grey(path: &Path) -> Result<bool, PictureError> {
    let name = path.display().to_string();
    let limits = Limits::default();
    let file = Encoded::open(path, &name, &limits)?;
    file.with_decoder(&limits, |decoder| Ok(!decoder.color_type().has_color()))
}

/// Decodes a complete picture file in memory; errors call it `name`.
pub fn decode(bytes: &[u8], name: &str, limits: &Limits) -> Result<Picture, PictureError> {
    Encoded::new(Cursor::new(bytes), bytes.len() as u64, name)?.decode(limits)
}

/// Checks the header of the picture at `path`, as [`check_head`] does.
pub(crate) fn check_file(path: &Path, limits: &Limits) -> Result<(), PictureError> {
    let name = path.display().to_string();
    Encoded::open(path, &name, limits)?.with_decoder(limits, |_| Ok(()))
}

/// Checks the header of a picture file in memory without decoding: fails if [`decode`] would fail because
/// of the header.
pub(crate) fn check_head(bytes: &[u8], name: &str, limits: &Limits) -> Result<(), PictureError> {
    Encoded::new(Cursor::new(bytes), bytes.len() as u64, name)?.with_decoder(limits, |_| Ok(()))
}

/// A picture file of known format.
struct Encoded<'a, B> {
    bytes: B,
    length: u64,
    format: ImageFormat,
    name: &'a str,
}

impl<'a> Encoded<'a, BufReader<File>> {
    /// Opens the file at `path`; errors call it `name`.
    fn open(path: &Path, name: &'a str, limits: &Limits) -> Result<Self, PictureError> {
        let failed = |why| PictureError::from_reading(path, why);
        let about = fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            // Reading a pipe could block forever.
            return Err(PictureError::NotAFile(path.into()));
        }
        if about.len() > limits.max_bytes {
            return Err(PictureError::TooManyBytes { name: name.into() });
        }
        let file = File::open(path).map_err(failed)?;
        let bytes = BufReader::with_capacity(AT_ONCE, file);
        Self::new(bytes, about.len(), name)
    }
}

impl<'a, B: BufRead + Seek> Encoded<'a, B> {
    /// Detects the format from the first bytes of a file of `length` bytes.
    fn new(mut bytes: B, length: u64, name: &'a str) -> Result<Self, PictureError> {
        /// Bytes that suffice to detect every format.
        const MARK: u64 = 32;
        let failed = |why| PictureError::from_reading(Path::new(name), why);
        let mut start = Vec::new();
        bytes
            .by_ref()
            .take(MARK)
            .read_to_end(&mut start)
            .map_err(failed)?;
        bytes.seek(SeekFrom::Start(0)).map_err(failed)?;
        if start.is_empty() {
            return Err(PictureError::Empty(name.into()));
        }
        let format = image::guess_format(&start);
        Ok(Self {
            bytes,
            length,
            format: format.map_err(|_unknown| PictureError::NotAPicture(name.into()))?,
            name,
        })
    }

    fn decode(self, limits: &Limits) -> Result<Picture, PictureError> {
        let name = self.name;
        let max_side = limits.max_side;
        self.with_decoder(limits, |mut decoder| {
            let (width, height) = decoder.dimensions();
            let failed = |error| from_decoder(name, error);
            let orientation = decoder.orientation().map_err(failed)?;
            let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
            if width.max(height) > max_side {
                // Area averaging without an intermediate picture, which would need more memory than the
                // picture itself.
                image = image.thumbnail(max_side, max_side);
            }
            image.apply_orientation(orientation);
            opaque(name, image.into_rgba8())
        })
    }

    /// Runs `read` on the decoder after a check of `limits`. Catches panics of
    /// decoders.
    fn with_decoder<T>(
        mut self,
        limits: &Limits,
        read: impl FnOnce(Box<dyn ImageDecoder + '_>) -> Result<T, PictureError>,
    ) -> Result<T, PictureError> {
        let name = self.name;
        let read = move || {
            let mut kept = self.kept_by_the_decoder()?;
            let mut reader = ImageReader::with_format(self.bytes, self.format);
            reader.limits(decoder_limits(ASIDE));
            let failed = |error| from_decoder(name, error);
            let mut decoder = reader.into_decoder().map_err(failed)?;
            let (width, height) = decoder.dimensions();
            let pixels = u64::from(width) * u64::from(height);
            if pixels > limits.max_pixels {
                return Err(PictureError::TooManyPixels {
                    name: name.into(),
                    size: Size::new(width, height),
                    megapixels: limits.max_pixels / 1_000_000,
                });
            }
            if self.format == ImageFormat::WebP {
                // Planes, or colours with a temporary alpha channel.
                kept += 4 * pixels;
            }
            kept = kept.saturating_add(decoder.total_bytes());
            if kept > limits.max_memory {
                return Err(PictureError::TooManyBytes { name: name.into() });
            }
            let spare = match self.format {
                // The TIFF decoder subtracts the pixels itself.
                ImageFormat::Tiff => limits.max_memory,
                _ => limits.max_memory - kept,
            };
            let spare = decoder_limits(spare);
            decoder.set_limits(spare).map_err(failed)?;
            read(Box::new(decoder))
        };
        decoding(read).unwrap_or_else(|why| {
            Err(PictureError::Broken {
                name: name.into(),
                why,
            })
        })
    }

    /// Returns the bytes that the decoder keeps besides the pixels, as far as the file states them. Rejects a
    /// truncated JPEG.
    fn kept_by_the_decoder(&mut self) -> Result<u64, PictureError> {
        let broken = |why: &str| PictureError::Broken {
            name: self.name.into(),
            why: why.into(),
        };
        match self.format {
            ImageFormat::Jpeg => {
                if !jpeg::is_whole(&mut self.bytes).map_err(|why| self.unreadable(why))? {
                    return Err(broken("the end of the JPEG is missing"));
                }
                // The decoder reports an invalid header.
                let coefficients = jpeg::coefficient_bytes(&mut self.bytes).unwrap_or(0);
                let rewound = self.bytes.seek(SeekFrom::Start(0));
                rewound.map_err(|why| self.unreadable(why))?;
                Ok(coefficients.saturating_add(self.length))
            }
            ImageFormat::WebP => Ok(self.length),
            _ => Ok(0),
        }
    }

    fn unreadable(&self, why: io::Error) -> PictureError {
        PictureError::from_reading(Path::new(self.name), why)
    }
}

fn decoder_limits(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(bytes);
    limits
}

/// Composites `rgba`, sRGB-encoded with straight alpha, onto white. Rejects an empty picture.
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

/// Blends straight-alpha RGBA8 pixels with white in their sRGB encoding, as viewers do.
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

fn from_decoder(name: &str, error: ImageError) -> PictureError {
    let name = name.to_owned();
    match error {
        ImageError::Limits(_) => PictureError::TooManyBytes { name },
        ImageError::Unsupported(_) => PictureError::NotAPicture(name),
        // A failure of the disk instead of the picture.
        ImageError::IoError(why) if why.raw_os_error().is_some() => {
            PictureError::from_reading(Path::new(&name), why)
        }
        other => PictureError::Broken {
            name,
            why: plain_words(&other).into(),
        },
    }
}
