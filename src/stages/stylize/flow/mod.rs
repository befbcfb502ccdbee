//! [`Flow`]: the optical flow of a crop since the previous crop, estimated by [`Finder`] on two
//! brightness [`Pyramid`]s.

// Brightness pyramids.
mod brightness;

// Displacements of cells.
mod cells;

// Shifts at nodes.
mod mesh;

// Optical flow of a crop.
mod motion;

pub use crate::stages::stylize::flow::brightness::{Plane, Pyramid};
pub use crate::stages::stylize::flow::mesh::Shift;
pub use crate::stages::stylize::flow::motion::{Finder, Flow, NODE};
