//! A frame's journey, in the order in which it is made. A stage never imports another stage.

// Camera, clip or picture → `Frame`.
pub mod capture;

// `Frame` → `Vec<Detection>`.
pub mod detect;

// A face's place → 68 points, and whether a face is there.
pub mod landmarks;

// Detections over time → one steady `TrackedFace` a face.
pub mod track;

// `TrackedFace` → `Roi` → `Crop`.
pub mod align;

// `Crop` → the soft mask of its face, in the alpha.
pub mod mask;

// `Crop` + `StyleCode` → `StyledLayer`.
pub mod stylize;

// A picture → the same, four times as large.
pub mod upscale;

// `Composition` → one picture, on the GPU or the CPU.
pub mod composite;

// Finished pictures → a file.
pub mod record;
