//! Records finished pictures as an MP4 file, with their display times.
//!
//! The format is H.264 (8-bit 4:2:0, BT.709, limited range, signalled in the stream) in fragmented MP4.
//! About every second the recorder writes a complete fragment, hence a killed process leaves a playable
//! clip. Frame times are real, hence a slow machine records at true speed.

// Errors with advice for the user.
mod error;

// Conversion of pictures to the encoder's planes.
mod planes;

// H.264 encoding.
mod encode;

// Fragments of an MP4 file.
mod fragment;

// The recorder of a file.
mod recorder;

pub use error::RecordError;
pub use recorder::{RecordOptions, Recorded, Recorder, UntilFinished};
