//! Clips through ffmpeg, as a child process: any format that it reads, its licence kept apart.

// What a clip is, asked of ffprobe.
mod probe;

// A running ffmpeg and its two pipes.
mod child;

// A child process that dies with its owner.
mod killed;

// The clip as a source of frames.
mod clip;

pub(crate) use clip::FfmpegClip;
pub(crate) use probe::ProbeError;
