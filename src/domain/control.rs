//! [`Command`]: what the window asks of the pipeline. [`PipelineStatus`]: what it is told about the work.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::face::{Steadiness, TrackState};
use crate::domain::frame::{Picture, Size};
use crate::domain::settings::{Engine, Settings, UpscaleNetwork};
use crate::domain::shape::Landmarks68;
use crate::domain::style::{Style, StyleId};
use crate::domain::timing::Percentiles;

/// A wish of the person at the window. The pipeline carries wishes out in order, on its own
/// threads; the old state stays until the new one is ready.
#[derive(Debug, Clone)]
pub enum Command {
    /// Use this style once its code is made.
    SetStyle(Arc<Style>),
    /// Mix this style in once its code is made; `None` ends the mixing.
    SetSecondStyle(Option<Arc<Style>>),
    /// Use these settings from the next frame on.
    Settings(Settings),
    /// The face of the reference that is shown lies here, pixels of the reference.
    SetFit(Box<Landmarks68>),
    /// Record what is shown to this file (fragmented MP4) from the next frame on.
    StartRecording(PathBuf),
    /// Close the recording.
    StopRecording,
    /// Write the next composed frame to this file (PNG).
    SaveStill(PathBuf),
}

/// How the source of frames is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceState {
    /// Being opened.
    Opening,
    /// Frames come.
    Streaming {
        /// Size of the frames.
        size: Size,
        /// Frames a second, measured over the last second; 0 until known.
        fps: f32,
    },
    /// Frames stopped; it is tried again by itself.
    Lost {
        /// What happened, in a plain sentence.
        why: String,
    },
    /// A file came to its end.
    Ended,
}

/// How the recording is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordingState {
    /// Nothing is being recorded.
    Idle,
    /// Frames are written.
    Recording {
        /// Where.
        path: PathBuf,
        /// Length so far.
        elapsed: Duration,
        /// Frames that the encoder had no time for.
        dropped: u64,
    },
    /// The file is closed and complete.
    Saved {
        /// Where.
        path: PathBuf,
        /// Its length.
        length: Duration,
    },
    /// It ended before the person asked; what was written stays playable.
    Failed {
        /// Where.
        path: PathBuf,
        /// What happened and what to do, in plain sentences.
        why: String,
    },
}

/// The face in a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFace {
    /// Its points, pixels of the reference.
    pub shape: Landmarks68,
    /// How sure it is that they lie right, in `[0, 1]`; 1 where a person set them.
    pub sure: f32,
    /// Whether it fills so much of the picture that the picture is a portrait, so that it is painted
    /// with; so it is where a person set the points.
    pub large: bool,
}

impl ReferenceFace {
    /// The face that a person set.
    pub fn given(style: &Style) -> Option<Self> {
        style.fit.map(|shape| Self {
            shape,
            sure: 1.0,
            large: true,
        })
    }
}

/// The reference that is shown, as the window draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// A small copy.
    pub preview: Arc<Picture>,
    /// The reference's own size.
    pub size: Size,
    /// Its face, if one was found or set.
    pub face: Option<ReferenceFace>,
}

impl Reference {
    /// The face that is painted with. A small one that was only found is none: there are few strokes
    /// in it, and ornaments are easily taken for faces.
    pub fn used_face(&self) -> Option<&ReferenceFace> {
        self.face.as_ref().filter(|face| face.large)
    }
}

/// How the style is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleStatus {
    /// The style that is shown, if any.
    pub shown: Option<StyleId>,
    /// The style that is mixed in, if any.
    pub second: Option<StyleId>,
    /// Its reference, once it was looked at.
    pub reference: Option<Reference>,
    /// The style whose code is being made.
    pub preparing: Option<StyleId>,
    /// Why the last wish for a style failed, in a plain sentence.
    pub trouble: Option<String>,
}

impl StyleStatus {
    /// A run that begins with `style`, and with `second` mixed in.
    pub fn of(style: &Style, second: Option<&Style>) -> Self {
        Self {
            shown: Some(style.id.clone()),
            second: second.map(|style| style.id.clone()),
            reference: None,
            preparing: None,
            trouble: None,
        }
    }
}

/// What enlarged the styled faces of the newest frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum UpscaleStatus {
    /// Nothing: no face is shown larger than it was made.
    #[default]
    NotNeeded,
    /// Nothing: it was not asked for, or its network does not open.
    Off,
    /// Nothing: no network that was asked for fits into the time of a frame.
    NoTime,
    /// This network.
    By(UpscaleNetwork),
}

impl UpscaleStatus {
    /// A word or two for the screen and for reports.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotNeeded => "not needed",
            Self::Off => "off",
            Self::NoTime => "no time",
            Self::By(enlarger) => enlarger.name(),
        }
    }
}

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Frames that the source delivered.
    pub captured: u64,
    /// Frames shown with a styled face (or wholly styled).
    pub styled: u64,
    /// Frames shown while a face was held or the picture was covered.
    pub held: u64,
    /// Frames that a slower stage skipped.
    pub dropped: u64,
}

/// A part of the pipeline: what one of its threads does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Takes frames from the source.
    Capture,
    /// Finds and follows faces.
    Vision,
    /// Stylizes and composes.
    Styling,
    /// Prepares styles.
    Encode,
    /// Writes recordings and snapshots.
    Record,
}

impl Part {
    /// The name of its thread.
    pub const fn thread(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Vision => "vision",
            Self::Styling => "styling",
            Self::Encode => "encode",
            Self::Record => "record",
        }
    }

    /// What a person calls it, at the start of a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Capture => "The reader of the camera or clip",
            Self::Vision => "The face tracker",
            Self::Styling => "The stylizer",
            Self::Encode => "The reader of styles",
            Self::Record => "The recorder",
        }
    }

    /// Whether no picture is made without it.
    pub const fn is_vital(self) -> bool {
        matches!(self, Self::Capture | Self::Vision | Self::Styling)
    }
}

/// What the pipeline is doing; made about four times a second.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStatus {
    /// How the source is doing.
    pub source: SourceState,
    /// How the style is doing.
    pub style: StyleStatus,
    /// How the recording is doing.
    pub recording: RecordingState,
    /// Where the newest still picture was written, or why it could not be.
    pub still: Option<Result<PathBuf, String>>,
    /// Number of faces in the newest frame.
    pub faces: usize,
    /// How the face tracker is doing.
    pub tracking: TrackState,
    /// How still and how prompt the oldest face is, once it was seen for a moment.
    pub steadiness: Option<Steadiness>,
    /// What paints.
    pub engine: Engine,
    /// What enlarged the styled faces of the newest frame.
    pub upscale: UpscaleStatus,
    /// Composed frames a second over the last seconds.
    pub fps: f32,
    /// Capture to composed frame, milliseconds, over the last seconds.
    pub latency_ms: Percentiles,
    /// Each stage's time, milliseconds, over the last seconds.
    pub stages_ms: BTreeMap<&'static str, Percentiles>,
    /// What really runs the networks, proved by a timed warm-up, e.g. `CPU` or `CUDA`.
    pub provider: String,
    /// Why it is not the one that was asked for, if so, in a plain sentence.
    pub provider_note: Option<String>,
    /// Counts since the start.
    pub frames: FrameCounts,
    /// A worker's trouble that the picture goes on without, in a plain sentence.
    pub trouble: Option<String>,
    /// Why no more pictures come, in plain sentences, if that is so.
    pub stopped: Option<String>,
    /// Whether frames come and no picture was finished for a while.
    pub stalled: bool,
}
