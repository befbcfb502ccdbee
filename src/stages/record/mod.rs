//! Finished pictures → an MP4 file, at the times when they were shown.
//!
//! H.264 (8-bit 4:2:0, BT.709, limited range, said so in the stream) in fragmented MP4: about every
//! second a complete piece goes to the file, so a killed process leaves a clip that plays. Frame
//! times are real, so a slow machine records true speed.

// What can go wrong, in plain sentences.
mod error;

// Pictures → the planes that the encoder takes.
mod planes;

// Planes → H.264.
mod encode;

// H.264 → pieces of an MP4 file.
mod fragment;

// Pictures with times → the file.
mod recorder;

pub use error::RecordError;
pub use recorder::{RecordOptions, Recorded, Recorder, UntilFinished};
