//! Writes [`Picture`]s as PNG files, atomically, and resizes them.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Resampling};
use image::{ExtendedColorType, ImageBuffer, ImageEncoder as _, Rgba};

use crate::domain::frame::{Picture, Size};
use crate::files::{OutputFile, write_whole};
use crate::pictures::error::PictureError;

/// Writes `picture` to `path` as PNG. An existing file is replaced only by the complete new one; an error
/// leaves nothing behind.
pub fn write_png(path: &Path, picture: &Picture) -> Result<(), PictureError> {
    unfinished_png(path, picture)
        .and_then(OutputFile::finish)
        .map_err(|why| PictureError::from_writing(path, &why))
}

/// Writes `picture` to `path` as PNG, atomically as [`write_png`]; fails if the file exists.
pub fn write_new_png(path: &Path, picture: &Picture) -> Result<(), PictureError> {
    unfinished_png(path, picture)
        .and_then(OutputFile::finish_new)
        .map_err(|why| PictureError::from_writing(path, &why))
}

fn unfinished_png(path: &Path, picture: &Picture) -> io::Result<OutputFile> {
    let mut file = BufWriter::new(OutputFile::hidden(path)?);
    encode(picture, &mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Writes `bytes` to `path`, atomically as [`write_png`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), PictureError> {
    write_whole(path, bytes).map_err(|why| PictureError::from_writing(path, &why))
}

/// Writes `bytes` to `path`, atomically as [`write_png`]; fails if the file exists.
pub fn write_new_bytes(path: &Path, bytes: &[u8]) -> Result<(), PictureError> {
    let write = || {
        let mut file = OutputFile::hidden(path)?;
        file.write_all(bytes)?;
        file.finish_new()
    };
    write().map_err(|why| PictureError::from_writing(path, &why))
}

/// Returns `picture` encoded as PNG.
pub fn png_bytes(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    encode(picture, &mut bytes)
        .map_err(|why| PictureError::from_writing(Path::new("PNG"), &why))?;
    Ok(bytes)
}

fn encode(picture: &Picture, to: impl Write) -> io::Result<()> {
    let size = picture.size();
    PngEncoder::new_with_quality(to, CompressionType::Fast, FilterType::Adaptive)
        .write_image(
            picture.rgba(),
            size.width,
            size.height,
            ExtendedColorType::Rgba8,
        )
        .map_err(|error| match error {
            image::ImageError::IoError(why) => why,
            other => io::Error::other(other),
        })
}

/// Returns the part of `picture` from `(left, top)` on, at most `size` pixels.
#[must_use]
pub fn part(picture: &Picture, left: u32, top: u32, size: Size) -> Picture {
    let all = picture.size();
    let (left, top) = (left.min(all.width), top.min(all.height));
    let size = Size::new(
        size.width.min(all.width - left),
        size.height.min(all.height - top),
    );
    let row_bytes = (all.width as usize * 4).max(4);
    let rows = picture.rgba().chunks_exact(row_bytes);
    let from = left as usize * 4;
    let inside = from..from + size.width as usize * 4;
    let rows = rows.skip(top as usize).take(size.height as usize);
    let mut bytes = Vec::with_capacity(size.pixels() * 4);
    for row in rows.filter_map(|row| row.get(inside.clone())) {
        bytes.extend_from_slice(row);
    }
    // The size matches the rows, hence the fallback only satisfies the type.
    Picture::from_rgba(size, bytes).unwrap_or_else(|_| Picture::filled(size, [0, 0, 0, 255]))
}

/// Returns `picture` at another size: bilinear for enlargement, area-weighted for reduction. The picture
/// is stretched if the aspect ratios differ. A side of 0 becomes 1.
#[must_use]
pub fn scaled(picture: &Picture, size: Size) -> Picture {
    let size = Size::new(size.width.max(1), size.height.max(1));
    if size == picture.size() {
        return picture.clone();
    }
    let Size { width, height } = picture.size();
    ImageBuffer::<Rgba<u8>, &[u8]>::from_raw(width, height, picture.rgba())
        .map(|from| imageops::resize(&from, size.width, size.height, Resampling::Triangle))
        .and_then(|to| Picture::from_rgba(size, to.into_raw()).ok())
        // A picture always has its bytes, hence the fallback only satisfies the type.
        .unwrap_or_else(|| Picture::filled(size, [0, 0, 0, 255]))
}

/// Returns `picture` scaled down to a longer side of at most `max_side`, with its aspect ratio.
#[must_use]
pub fn within(picture: Picture, max_side: u32) -> Picture {
    let size = size_within(picture.size(), max_side);
    if size == picture.size() {
        picture
    } else {
        scaled(&picture, size)
    }
}

/// Returns `size` reduced to a longer side of at most `max_side`, with its aspect ratio, at least 1×1.
pub fn size_within(size: Size, max_side: u32) -> Size {
    let longer = size.width.max(size.height);
    if longer <= max_side {
        return size;
    }
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(max_side) / u64::from(longer);
        (scaled as u32).max(1)
    };
    Size::new(side(size.width), side(size.height))
}
