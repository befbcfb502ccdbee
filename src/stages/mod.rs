//! The processing stages of a frame, in order. A stage never imports another stage.

// Camera, clip or picture → `Frame`.
pub mod capture;

// `Frame` → `Vec<Detection>`.
pub mod detect;

// Face box → 68 landmarks, and the presence of a face.
pub mod landmarks;

// Detections over time → one smoothed `TrackedFace` per face.
pub mod track;

// `TrackedFace` → `Roi` → `Crop`.
pub mod align;

// `Crop` → the soft mask of its face, in the alpha.
pub mod mask;

// `Crop` + `StyleCode` → `StyledLayer`.
pub mod stylize;

// Picture → the same picture at four times its width and height.
pub mod upscale;

// `Composition` → one picture, on the GPU or the CPU.
pub mod composite;

// Finished pictures → a file.
pub mod record;
