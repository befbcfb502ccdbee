//! A built-in reader for MP4 with H.264: for the embedded clip, and for systems without ffmpeg. It
//! supports plain and fragmented files; 8-bit 4:2:0, progressive only.

// The boxes of a file.
mod boxes;

// One coded frame, and the errors.
mod sample;

// Position and display time of each frame.
mod track;

// The sample tables of a plain file.
mod table;

// The runs of a fragmented file.
mod runs;

// The stream's colour description.
mod sps;

// Conversion from YCbCr planes to RGBA8.
mod rgba;

// The clip as a frame source.
mod clip;

pub(crate) use clip::{Bytes, Mp4Clip};
pub(crate) use sample::Mp4Error;
