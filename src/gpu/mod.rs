//! [`Gpu`]: the adapter, device and queue that draw; the available adapters.
//!
//! It knows nothing of faces. wgpu has the version that egui-wgpu uses.

use thiserror::Error;

use crate::domain::frame::Size;

pub use wgpu;

// The adapters of this machine.
pub mod adapters;

// Pictures as textures.
pub mod texture;

// GPU buffers.
pub mod buffer;

// Layout of a shader's bindings.
pub mod slots;

// One triangle over a whole target.
pub mod pass;

// Textured triangles, drawn back to front.
pub mod triangles;

// The structs that shaders read.
pub mod uniforms;

// The source of all shaders.
pub mod shaders;

// Reads textures back into pictures.
pub mod readback;

/// An operation that the graphics device cannot do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GpuError {
    /// There is neither a graphics card nor a software renderer.
    #[error("no graphics adapter was found (install a Vulkan or OpenGL driver, such as Mesa)")]
    NoAdapter,
    /// The adapter provided no device.
    #[error("the graphics adapter {name} gave no device: {why}")]
    NoDevice {
        /// The adapter.
        name: String,
        /// The driver's error.
        why: String,
    },
    /// A picture has no pixels, or more than a texture can hold.
    #[error("a {size} picture does not fit the graphics adapter, which takes 1 to {limit} a side")]
    PictureSize {
        /// Size of the picture.
        size: Size,
        /// Maximum number of pixels per side.
        limit: u32,
    },
    /// The finished picture could not be read back.
    #[error("the picture could not be read back from the graphics adapter: {why}")]
    Readback {
        /// The driver's error.
        why: String,
    },
}

/// Handles to one graphics device. Cheap to clone: all clones share the device.
#[derive(Debug, Clone)]
pub struct Gpu {
    /// The hardware, or the software renderer.
    pub adapter: wgpu::Adapter,
    /// Creates textures, buffers, pipelines.
    pub device: wgpu::Device,
    /// Takes uploads and commands.
    pub queue: wgpu::Queue,
}

impl Gpu {
    /// Opens the best adapter without a window; blocks until it is ready. The environment variable
    /// `WGPU_BACKEND` (`vulkan`, `gl`) restricts the choice.
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

    /// Describes the adapter.
    pub fn report(&self) -> adapters::AdapterReport {
        adapters::AdapterReport::from(&self.adapter.get_info())
    }

    /// Refuses a size that exceeds the textures of this device.
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

/// The fastest adapter available.
fn best_adapter() -> Result<wgpu::Adapter, GpuError> {
    let wish = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    pollster::block_on(adapters::instance().request_adapter(&wish))
        .map_err(|_none| GpuError::NoAdapter)
}
