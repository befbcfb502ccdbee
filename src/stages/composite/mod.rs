//! Renders a [`Composition`](crate::domain::composition::Composition): the frame with its styled layers
//! blended on.
//!
//! Two compositors implement the same definition. [`cpu`] runs on the CPU and is the reference for tests;
//! [`gpu`] runs on any adapter that wgpu supports. For every frame pixel whose centre (at `+ 0.5`) falls
//! inside a layer's crop, `[0, width] × [0, height]`:
//!
//! 1. each crop texel is decoded from sRGB to linear light and multiplied by its own mask
//!    (alpha × opacity), which prevents bleeding of colours under a mask of 0;
//! 2. the four texels around the point are interpolated bilinearly; texels beyond the crop's edge repeat
//!    the edge;
//! 3. the result is composited over the frame in linear light, and the sum is encoded to sRGB.
//!
//! A pixel whose mask is 0 keeps the frame's bytes exactly.

// The drawn layers and their transforms.
pub mod placement;

// The compositor on the CPU: the reference.
pub mod cpu;

// The compositor on the GPU.
pub mod gpu;
