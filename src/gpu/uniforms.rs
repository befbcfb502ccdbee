//! The structs that shaders read, each with the name of its shader. `tests/shaders.rs` compares every size
//! and offset with the WGSL source.

use bytemuck::{Pod, Zeroable};

/// Maximum number of crops that `composite.wgsl` draws.
pub const COMPOSITE_LAYERS: usize = 7;

/// `Layer` of `composite.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct Layer {
    /// First row `[a b tx]` of the map from frame to crop pixels; the fourth number is unused.
    pub crop_from_frame_x: [f32; 4],
    /// Second row.
    pub crop_from_frame_y: [f32; 4],
    /// Width and height of the crop in pixels.
    pub size: [f32; 2],
    /// Factor on the mask, in `[0, 1]`.
    pub opacity: f32,
    /// Pads to 16 bytes.
    pub padding: f32,
}

/// `CompositeUniforms` of `composite.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct CompositeUniforms {
    /// The crops, back to front.
    pub layers: [Layer; COMPOSITE_LAYERS],
    /// Number of layers to draw.
    pub count: u32,
    /// Pads to 16 bytes.
    pub padding_x: u32,
    /// Pads to 16 bytes.
    pub padding_y: u32,
    /// Pads to 16 bytes.
    pub padding_z: u32,
}

/// `WindowUniforms` of `window.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct WindowUniforms {
    /// Width and height of the window, points.
    pub points: [f32; 2],
    /// Pads to 16 bytes.
    pub padding: [f32; 2],
}
