//! [`Composition`]: one frame with everything that is drawn on it, ready for a compositor.
//!
//! It carries the very frame that its layers were computed from, so a styled face never shifts against the
//! picture (ADR 0002).

use std::sync::Arc;

use crate::domain::face::{Crop, FaceReport};
use crate::domain::frame::{Frame, FrameTime};

/// The outcome of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// At least one face (or the whole frame) was stylized from this frame.
    Styled,
    /// No face was seen: the styled blur covers the picture, or the region of a lost face is still being
    /// styled.
    Held,
    /// The user wants the plain picture, and there was nothing to style.
    Plain,
}

/// One styled cut-out. The alpha of `crop.picture` is the mask: 0 keeps the frame, 255 replaces it. Colours
/// are sRGB-encoded with straight alpha. Layers are blended in linear light, in order.
#[derive(Debug, Clone)]
pub struct StyledLayer {
    /// Pixels, mask (in alpha), and the transform back to the frame.
    pub crop: Crop,
    /// Factor on the mask, in `[0, 1]`.
    pub opacity: f32,
}

/// One frame and its layers.
#[derive(Debug, Clone)]
pub struct Composition {
    /// The frame that every layer was computed from.
    pub frame: Arc<Frame>,
    /// The layers, back to front.
    pub layers: Vec<StyledLayer>,
    /// The faces in this frame.
    pub faces: Vec<FaceReport>,
    /// The outcome of the frame.
    pub outcome: Outcome,
    /// When the layers were ready.
    pub styled_at: FrameTime,
}
