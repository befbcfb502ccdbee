//! Reads and writes picture files: bounded in size, upright, opaque.
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

// Errors with advice for the user.
mod error;

// Decoder panics and messages.
mod guard;

// JPEG checks before decoding.
mod jpeg;

// Decoding of files and bytes.
mod read;

// PNG output, and resizing.
mod write;

// Tables between sRGB bytes and linear light.
pub mod light;

// Small square pictures.
pub mod thumbnail;

// Lines, dots and letters on pictures.
pub mod draw;

// Integer reduction of a part of a picture.
mod shrink;

// Sampling of rotated and scaled windows.
pub mod warp;

// A cache for repeatedly sampled windows.
pub mod crop_cache;

// Bicubic resizing for super-resolution benchmarks.
pub mod bicubic;

// Scalar planes with a blur.
pub mod plane;

// PSNR and SSIM.
pub mod quality;

// PNG files larger than memory, row by row.
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
