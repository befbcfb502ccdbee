//! [`Flow`]: how far the content of a crop moved since the crop before, found by its [`Finder`] on two
//! [`Pyramid`]s of brightness.

// What a crop looks like, from fine to coarse.
mod brightness;

// How far cells moved.
mod cells;

// Shifts at nodes.
mod mesh;

// How far the content of a crop moved.
mod motion;

pub use crate::stages::stylize::flow::brightness::{Plane, Pyramid};
pub use crate::stages::stylize::flow::mesh::Shift;
pub use crate::stages::stylize::flow::motion::{Finder, Flow, NODE};
