//! The source of all shaders in `shaders/`.

use crate::gpu::{Gpu, wgpu};

/// Code shared by several shaders; prepended to each.
const SHARED: &[&str] = &[
    include_str!("../../shaders/shared/color.wgsl"),
    include_str!("../../shaders/shared/space.wgsl"),
];

/// One shader of `shaders/`.
#[derive(Debug, Clone, Copy)]
pub struct Shader {
    /// Its file name without `.wgsl`; the label of everything made from it.
    pub name: &'static str,
    text: &'static str,
}

impl Shader {
    /// The whole WGSL source, shared code first.
    pub fn source(&self) -> String {
        let mut parts = SHARED.to_vec();
        parts.push(self.text);
        parts.join("\n")
    }

    /// Creates the shader module on the device.
    pub(super) fn module(&self, gpu: &Gpu) -> wgpu::ShaderModule {
        gpu.device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(self.name),
                source: wgpu::ShaderSource::Wgsl(self.source().into()),
            })
    }
}

/// Composites styled crops over a frame.
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
