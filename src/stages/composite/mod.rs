//! [`Composition`](crate::domain::composition::Composition) → one picture: the frame with its
//! styled layers blended on.
//!
//! There are two compositors with one meaning. [`cpu`] runs on the CPU and is the truth that
//! tests measure by; [`gpu`] runs on any adapter that wgpu finds. For every frame pixel whose
//! centre (at `+ 0.5`) falls inside a layer's crop, `[0, width] × [0, height]`:
//!
//! 1. each crop texel is decoded from sRGB to linear light and multiplied by its own mask
//!    (alpha × opacity), so that colours under a mask of 0 never shine through;
//! 2. the four texels around the point are mixed bilinearly; texels beyond the crop's edge repeat
//!    the edge;
//! 3. the frame, in linear light, is covered by the result, and the sum is encoded to sRGB.
//!
//! A pixel whose mask is 0 keeps the frame's bytes exactly.

// Which layers are drawn, and the way from the frame into each.
pub mod placement;

// The compositor on the CPU: the truth.
pub mod cpu;

// The compositor on the GPU.
pub mod gpu;
