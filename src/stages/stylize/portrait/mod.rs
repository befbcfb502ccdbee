//! The portrait engine: strokes of the reference's nose to my nose.
//!
//! A reference that shows a face becomes a [`Portrait`] once. In every frame a smooth
//! [`field::Field`] tells for each pixel of the crop where it lies on the painted face,
//! [`chunks::Chunks`] choose the strokes there by appearance, and [`paint::Sitting`] paints them
//! with the person's own shape in place of the painted one's. Method and figures: `docs/portrait.md`.

// Numbers on a grid.
pub mod plane;

// Where each place of a face lies on another.
pub mod field;

// Soft labels of a face's parts.
pub mod parts;

// The painting's tones.
pub mod tone;

// Which strokes go where.
pub mod chunks;

// The prepared reference.
pub mod reference;

// Ears and neck.
mod beyond;

// Who is being painted.
pub mod easel;

// The work of one frame.
pub mod paint;

// The same in a compute pass.
pub mod on_gpu;

// Which of the two paints.
pub mod painter;

pub use easel::{Easel, Pose};
pub use painter::{Commission, Painter};
pub use reference::{NoFace, Portrait};
