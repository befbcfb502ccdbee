//! A frame's journey, in the order in which it is made. A stage never imports another stage.

/// Camera, clip or picture → [`Frame`](crate::domain::frame::Frame).
pub mod capture;

/// `Frame` → `Vec<Detection>`.
pub mod detect;

/// Detections over time → one steady [`TrackedFace`](crate::domain::face::TrackedFace) a face.
pub mod track;

/// `TrackedFace` → [`Roi`](crate::domain::face::Roi) → [`Crop`](crate::domain::face::Crop).
pub mod align;

/// `Crop` + `StyleCode` → [`StyledLayer`](crate::domain::composition::StyledLayer).
pub mod stylize;

/// [`Composition`](crate::domain::composition::Composition) → one picture, on the GPU or the CPU.
pub mod composite;

/// Finished pictures → a file.
pub mod record;
