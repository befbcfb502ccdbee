//! A frame's journey, in the order in which it is made. A stage never imports another stage.

// Camera, clip or picture → `Frame`.
pub mod capture;

// `Frame` → `Vec<Detection>`.
pub mod detect;

// Detections over time → one steady `TrackedFace` a face.
pub mod track;

// `TrackedFace` → `Roi` → `Crop`.
pub mod align;

// `Crop` + `StyleCode` → `StyledLayer`.
pub mod stylize;

// `Composition` → one picture, on the GPU or the CPU.
pub mod composite;

// Finished pictures → a file.
pub mod record;
