//! [`Composition`]: one frame with everything that is drawn on it, ready for a compositor.
//!
//! It carries the very frame that its layers were computed from, so a styled face can never slide
//! over the picture (ADR 0002).

use std::sync::Arc;

use crate::domain::face::{Crop, FaceReport};
use crate::domain::frame::{Frame, FrameTime};

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// At least one face (or the whole frame) was stylized from this frame.
    Styled,
    /// No face was seen; the picture is covered by the styled blur, or a lost face's region is
    /// still being styled.
    Held,
    /// The person asked for the plain picture, and nothing was there to style.
    Plain,
}

/// One styled cut-out. `crop.picture`'s alpha is the mask: 0 keeps the frame, 255 replaces it;
/// colours are sRGB-encoded with straight alpha. Layers are blended in linear light, in order.
#[derive(Debug, Clone)]
pub struct StyledLayer {
    /// Pixels, mask (in alpha), and the way back to the frame.
    pub crop: Crop,
    /// Scales the mask, in `[0, 1]`.
    pub opacity: f32,
}

/// One frame and its layers.
#[derive(Debug, Clone)]
pub struct Composition {
    /// The frame that every layer was computed from.
    pub frame: Arc<Frame>,
    /// What is drawn, back to front.
    pub layers: Vec<StyledLayer>,
    /// The faces in this frame.
    pub faces: Vec<FaceReport>,
    /// What became of the frame.
    pub outcome: Outcome,
    /// When the layers were ready.
    pub styled_at: FrameTime,
}
