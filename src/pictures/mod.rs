//! Picture files in and out, and pixels moved between grids.

/// Cutting windows out of pictures.
pub mod warp;
