//! [`Command`]: requests from the window to the pipeline. [`PipelineStatus`]: the pipeline's state for the
//! window.

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

/// A request from the window's user. The pipeline carries out commands in order, on its own threads; the
/// old state stays until the new one is ready.
#[derive(Debug, Clone)]
pub enum Command {
    /// Use this style once its code is made.
    SetStyle(Arc<Style>),
    /// Mix in this style once its code is made; `None` ends the mixing.
    SetSecondStyle(Option<Arc<Style>>),
    /// Use these settings from the next frame on.
    Settings(Settings),
    /// Use these points, in pixels of the shown reference, as its face.
    SetFit(Box<Landmarks68>),
    /// Record the shown picture to this file (fragmented MP4) from the next frame on.
    StartRecording(PathBuf),
    /// Close the recording.
    StopRecording,
    /// Write the next composed frame to this file (PNG).
    SaveStill(PathBuf),
}

/// State of the frame source.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceState {
    /// The source is being opened.
    Opening,
    /// Frames arrive.
    Streaming {
        /// Size of the frames.
        size: Size,
        /// Frames per second, measured over the last second; 0 until known.
        fps: f32,
    },
    /// Frames stopped; the source is reopened automatically.
    Lost {
        /// What happened, in a plain sentence.
        why: String,
    },
    /// A file reached its end.
    Ended,
}

/// State of the recording.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordingState {
    /// No recording is active.
    Idle,
    /// Frames are being written.
    Recording {
        /// The file.
        path: PathBuf,
        /// Length so far.
        elapsed: Duration,
        /// Frames that the encoder had no time for.
        dropped: u64,
    },
    /// The file is closed and complete.
    Saved {
        /// The file.
        path: PathBuf,
        /// Length of the recording.
        length: Duration,
    },
    /// The recording ended before the user stopped it; what was written stays playable.
    Failed {
        /// The file.
        path: PathBuf,
        /// What happened and what to do, in plain sentences.
        why: String,
    },
}

/// The face in a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFace {
    /// The facial landmarks, pixels of the reference.
    pub shape: Landmarks68,
    /// Confidence in the landmarks, in `[0, 1]`; 1 if the user set them.
    pub sure: f32,
    /// Whether the face fills enough of the picture to make it a portrait, whose face is then used for
    /// painting; always true if the user set the points.
    pub large: bool,
}

impl ReferenceFace {
    /// The face set by the user.
    pub fn given(style: &Style) -> Option<Self> {
        style.fit.map(|shape| Self {
            shape,
            sure: 1.0,
            large: true,
        })
    }
}

/// The shown reference, as the window draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// A small copy.
    pub preview: Arc<Picture>,
    /// Size of the reference itself.
    pub size: Size,
    /// Its face, if one was found or set.
    pub face: Option<ReferenceFace>,
}

impl Reference {
    /// The face used for painting. A small face that was only found is not used: it holds few strokes, and
    /// ornaments are easily mistaken for faces.
    pub fn used_face(&self) -> Option<&ReferenceFace> {
        self.face.as_ref().filter(|face| face.large)
    }
}

/// State of the styles.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleStatus {
    /// The style being shown, if any.
    pub shown: Option<StyleId>,
    /// The style being mixed in, if any.
    pub second: Option<StyleId>,
    /// Its reference, once it was analysed.
    pub reference: Option<Reference>,
    /// The style whose code is being made.
    pub preparing: Option<StyleId>,
    /// Why the last request for a style failed, in a plain sentence.
    pub trouble: Option<String>,
}

impl StyleStatus {
    /// The status of a run that starts with `style`, and with `second` mixed in.
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
    /// Nothing: no face is shown larger than it was painted.
    #[default]
    NotNeeded,
    /// Nothing: upscaling was not requested, or its network could not be opened.
    Off,
    /// Nothing: no requested network fits into the time of a frame.
    NoTime,
    /// This network.
    By(UpscaleNetwork),
}

impl UpscaleStatus {
    /// A short label for the screen and for reports.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotNeeded => "not needed",
            Self::Off => "off",
            Self::NoTime => "no time",
            Self::By(enlarger) => enlarger.name(),
        }
    }
}

/// Frame counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Frames delivered by the source.
    pub captured: u64,
    /// Frames shown with a styled face (or wholly styled).
    pub styled: u64,
    /// Frames shown while a face was held or the picture was covered.
    pub held: u64,
    /// Frames skipped by a slower stage.
    pub dropped: u64,
}

/// A part of the pipeline: the work of one of its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Takes frames from the source.
    Capture,
    /// Detects and tracks faces.
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

    /// Its name for people, at the start of a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Capture => "The reader of the camera or clip",
            Self::Vision => "The face tracker",
            Self::Styling => "The stylizer",
            Self::Encode => "The reader of styles",
            Self::Record => "The recorder",
        }
    }

    /// Whether no picture can be made without it.
    pub const fn is_vital(self) -> bool {
        matches!(self, Self::Capture | Self::Vision | Self::Styling)
    }
}

/// State of the pipeline; made about four times a second.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStatus {
    /// State of the source.
    pub source: SourceState,
    /// State of the styles.
    pub style: StyleStatus,
    /// State of the recording.
    pub recording: RecordingState,
    /// Path of the newest still picture, or why it could not be written.
    pub still: Option<Result<PathBuf, String>>,
    /// Number of faces in the newest frame.
    pub faces: usize,
    /// State of the face tracker.
    pub tracking: TrackState,
    /// Jitter and lag of the oldest face, once it was seen for a moment.
    pub steadiness: Option<Steadiness>,
    /// The engine that paints.
    pub engine: Engine,
    /// What enlarged the styled faces of the newest frame.
    pub upscale: UpscaleStatus,
    /// Composed frames per second over the last seconds.
    pub fps: f32,
    /// Latency from capture to composed frame, milliseconds, over the last seconds.
    pub latency_ms: Percentiles,
    /// Time of each stage, milliseconds, over the last seconds.
    pub stages_ms: BTreeMap<&'static str, Percentiles>,
    /// The provider that opened the stylizer, e.g. `CPU` or `CUDA`.
    pub provider: String,
    /// Why it is not the requested provider, if so, in a plain sentence.
    pub provider_note: Option<String>,
    /// Frame counts since the start.
    pub frames: FrameCounts,
    /// An error in a worker that the picture continues without, in a plain sentence.
    pub trouble: Option<String>,
    /// Why no more pictures come, in plain sentences, if that is so.
    pub stopped: Option<String>,
    /// Whether frames arrive but no picture was finished for a while.
    pub stalled: bool,
}
