//! Picture files in and out: bounded, turned upright, opaque.
//!
//! | in                                               | becomes                                     |
//! |--------------------------------------------------|---------------------------------------------|
//! | PNG, JPEG, WebP, GIF (first frame), BMP, TIFF    | RGBA8, sRGB-encoded, alpha 255 everywhere   |
//! | grey, 16-bit, float, CMYK                        | the same, in 8-bit colour                   |
//! | transparent                                      | laid on white                               |
//! | turned by EXIF                                   | upright                                     |
//! | more than 4096 pixels on a side                  | scaled down                                 |
//! | more than 100 megapixels, or 512 MiB of pixels   | refused before a pixel is decoded           |

// The picture files of a folder.
mod folder;

// What can go wrong, in plain sentences.
mod error;

// Panics and words of decoders.
mod guard;

// What a JPEG tells before it is decoded.
mod jpeg;

// Files and bytes → pictures.
mod read;

// Pictures → PNG files, and other sizes.
mod write;

// Tables between sRGB bytes and linear light.
pub mod light;

// Small square pictures.
pub mod thumbnail;

// Lines, dots and letters on pictures.
pub mod draw;

// A part of a picture, shrunk by a whole number.
mod shrink;

// Cutting windows out of pictures.
pub mod warp;

// The same for pictures that are looked at again and again.
pub mod crop_cache;

// Resizing as the tables of super-resolution want it.
pub mod bicubic;

// One number a pixel, which can be blurred.
pub mod plane;

// PSNR and SSIM.
pub mod quality;

// PNG files too large for memory, row by row.
mod rows;

pub use error::PictureError;
pub use folder::files_in;
pub(crate) use guard::{UNDECODABLE, decoding, plain_words};
pub use read::{Limits, decode, is_grey, read};
pub(crate) use read::{check_file, check_head, opaque};
pub use rows::PngRows;
pub use write::{
    part, png_bytes, scaled, size_within, within, write_bytes, write_new_bytes, write_new_png,
    write_png,
};
