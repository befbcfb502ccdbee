//! [`FullscreenPass`]: one shader that draws every pixel of a target once.
//!
//! It uses a fragment shader, which every adapter supports.

use crate::gpu::shaders::Shader;
use crate::gpu::slots::{Slot, Slots};
use crate::gpu::{Gpu, wgpu};

/// A pipeline of the entry points `vs_main` and `fs_main`, with bind group 0.
#[derive(Debug)]
pub struct FullscreenPass {
    label: &'static str,
    slots: Slots,
    pipeline: wgpu::RenderPipeline,
}

impl FullscreenPass {
    /// Compiles `shader` for targets of `format`.
    pub fn new(gpu: &Gpu, shader: &Shader, slots: &[Slot], format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let label = Some(shader.name);
        let module = shader.module(gpu);
        let slots = Slots::new(gpu, shader.name, slots, wgpu::ShaderStages::FRAGMENT);
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label,
            layout: Some(&slots.pipeline_layout(gpu)),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self {
            label: shader.name,
            slots,
            pipeline,
        }
    }

    /// Binds `resources` to bindings 0, 1, ….
    pub fn bind<'a>(
        &self,
        gpu: &Gpu,
        resources: impl IntoIterator<Item = wgpu::BindingResource<'a>>,
    ) -> wgpu::BindGroup {
        self.slots.bind(gpu, resources)
    }

    /// Redraws all of `target`.
    pub fn draw(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        bound: &wgpu::BindGroup,
        target: &wgpu::TextureView,
    ) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some(self.label),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..wgpu::RenderPassDescriptor::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bound, &[]);
        pass.draw(0..3, 0..1);
    }
}
