//! Clips through ffmpeg as a child process: any format that it supports, with its licence kept separate.

// Clip properties from ffprobe.
mod probe;

// A running ffmpeg and its two pipes.
mod child;

// A child process that ends with its owner.
mod killed;

// The clip as a frame source.
mod clip;

pub(crate) use clip::FfmpegClip;
pub(crate) use probe::ProbeError;
