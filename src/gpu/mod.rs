//! [`Gpu`]: the adapter, device and queue that draw; what adapters there are.
//!
//! Knows nothing of faces. wgpu is taken through egui-wgpu, so that both always agree.

use thiserror::Error;

use crate::domain::frame::Size;

pub use egui_wgpu::wgpu;

// What adapters this machine has.
pub mod adapters;

// Pictures as textures.
pub mod texture;

// Numbers as buffers.
pub mod buffer;

// What a shader finds at its bindings.
pub mod slots;

// One triangle over a whole target.
pub mod pass;

// Textured triangles over each other.
pub mod triangles;

// The structs that shaders read.
pub mod uniforms;

// The texts of all shaders.
pub mod shaders;

// Textures back to pictures.
pub mod readback;

/// Something that the graphics device cannot do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GpuError {
    /// There is neither a graphics card nor a software renderer.
    #[error("no graphics adapter was found (install a Vulkan or OpenGL driver, such as Mesa)")]
    NoAdapter,
    /// The adapter gave no device.
    #[error("the graphics adapter {name} gave no device: {why}")]
    NoDevice {
        /// The adapter.
        name: String,
        /// The driver's words.
        why: String,
    },
    /// A picture has no pixels, or more than a texture can hold.
    #[error("a {size} picture does not fit the graphics adapter, which takes 1 to {limit} a side")]
    PictureSize {
        /// The picture.
        size: Size,
        /// Pixels a side at most.
        limit: u32,
    },
    /// The finished picture could not be read back.
    #[error("the picture could not be read back from the graphics adapter: {why}")]
    Readback {
        /// The driver's words.
        why: String,
    },
}

/// Handles to one graphics device. Cheap to clone: all clones are the same device.
#[derive(Debug, Clone)]
pub struct Gpu {
    /// The hardware, or the software renderer.
    pub adapter: wgpu::Adapter,
    /// Makes textures, buffers, pipelines.
    pub device: wgpu::Device,
    /// Takes uploads and commands.
    pub queue: wgpu::Queue,
}

impl Gpu {
    /// Opens the best adapter without a window; waits until it is there. The environment variable
    /// `WGPU_BACKEND` (`vulkan`, `gl`) narrows the choice.
    pub fn headless() -> Result<Self, GpuError> {
        let adapter = best_adapter()?;
        let wish = wgpu::DeviceDescriptor {
            label: Some("vizard headless"),
            // The defaults ask for more than an OpenGL adapter has.
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wish)).map_err(|error| {
                GpuError::NoDevice {
                    name: adapter.get_info().name,
                    why: error.to_string(),
                }
            })?;
        Ok(Self::from_parts(adapter, device, queue))
    }

    /// Takes handles that a window library opened.
    pub fn from_parts(adapter: wgpu::Adapter, device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self {
            adapter,
            device,
            queue,
        }
    }

    /// What draws.
    pub fn report(&self) -> adapters::AdapterReport {
        adapters::AdapterReport::from(&self.adapter.get_info())
    }

    /// Refuses a size that no texture of this device can have.
    pub fn check_size(&self, size: Size) -> Result<(), GpuError> {
        let limit = self.device.limits().max_texture_dimension_2d;
        let fits = |side| (1..=limit).contains(&side);
        if fits(size.width) && fits(size.height) {
            Ok(())
        } else {
            Err(GpuError::PictureSize { size, limit })
        }
    }
}

/// The quickest adapter there is.
fn best_adapter() -> Result<wgpu::Adapter, GpuError> {
    let wish = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    pollster::block_on(adapters::instance().request_adapter(&wish))
        .map_err(|_none| GpuError::NoAdapter)
}
