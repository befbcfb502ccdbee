//! [`Scene`]: everything that the panels read to draw one frame.

use std::sync::Arc;

use crate::domain::control::{PipelineStatus, RecordingState};
use crate::domain::frame::{Picture, Size};
use crate::domain::style::StyleId;
use crate::domain::timing::Percentiles;

/// The finished picture as an egui texture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Canvas {
    /// The texture, sRGB-encoded, opaque.
    pub texture: egui::TextureId,
    /// Its size in pixels.
    pub size: Size,
}

/// One style as the strip shows it.
#[derive(Debug, Clone)]
pub struct StyleThumb {
    /// Unique identifier.
    pub id: StyleId,
    /// Name for people.
    pub title: String,
    /// A small square picture.
    pub thumbnail: Arc<Picture>,
}

/// The state to draw in this frame.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The finished picture, once there is one.
    pub canvas: Option<Canvas>,
    /// The pipeline's newest report, once there is one.
    pub status: Option<&'a PipelineStatus>,
    /// The styles, in the order of the strip.
    pub styles: &'a [StyleThumb],
    /// Whether a picture is being read from a file or the clipboard.
    pub reading: bool,
    /// Latency from capture to the moment a composition is passed to the screen, milliseconds.
    pub to_screen_ms: Percentiles,
}

impl Scene<'_> {
    /// Whether frames are being written to a file.
    pub fn is_recording(&self) -> bool {
        self.status
            .is_some_and(|s| matches!(s.recording, RecordingState::Recording { .. }))
    }

    /// Whether no new picture arrives although one should.
    pub fn stands_still(&self) -> bool {
        self.status
            .is_some_and(|s| s.stopped.is_some() || s.stalled)
    }

    /// The style being shown.
    pub fn shown_style(&self) -> Option<&StyleId> {
        self.status.and_then(|s| s.style.shown.as_ref())
    }
}
