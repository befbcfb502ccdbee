//! MP4 with H.264 without any help from outside: for the built-in clip, and where ffmpeg is not
//! installed. Plain and fragmented files; 8-bit 4:2:0, frames only (no interlacing).

// The boxes of a file.
mod boxes;

// One coded frame, and what can go wrong.
mod sample;

// Boxes → where each frame lies and when it is shown.
mod track;

// The sample tables of a plain file.
mod table;

// The runs of a fragmented file.
mod runs;

// What the stream says about its colours.
mod sps;

// Planes → RGBA8.
mod rgba;

// The clip as a source of frames.
mod clip;

pub(crate) use clip::{Bytes, Mp4Clip};
pub(crate) use sample::Mp4Error;
