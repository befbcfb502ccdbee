//! The texts of all shaders in `shaders/`.

use crate::gpu::{Gpu, wgpu};

/// What several shaders share; stands in front of each.
const SHARED: &[&str] = &[
    include_str!("../../shaders/shared/color.wgsl"),
    include_str!("../../shaders/shared/space.wgsl"),
];

/// One shader of `shaders/`.
#[derive(Debug, Clone, Copy)]
pub struct Shader {
    /// Its file name without `.wgsl`; the label of all that is made from it.
    pub name: &'static str,
    text: &'static str,
}

impl Shader {
    /// The whole WGSL text, shared parts in front.
    pub fn source(&self) -> String {
        let mut parts = SHARED.to_vec();
        parts.push(self.text);
        parts.join("\n")
    }

    /// The shader in the device's hands.
    pub(super) fn module(&self, gpu: &Gpu) -> wgpu::ShaderModule {
        gpu.device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(self.name),
                source: wgpu::ShaderSource::Wgsl(self.source().into()),
            })
    }
}

/// Covers a frame with styled crops.
pub const COMPOSITE: Shader = Shader {
    name: "composite",
    text: include_str!("../../shaders/composite.wgsl"),
};

/// Draws the window's triangles.
pub const WINDOW: Shader = Shader {
    name: "window",
    text: include_str!("../../shaders/window.wgsl"),
};

/// Every shader.
pub const ALL: &[Shader] = &[COMPOSITE, WINDOW];
