//! [`ComputePass`]: one shader that runs a thread a pixel and writes into a buffer.
//!
//! For devices of [`Gpu::for_compute`]: not every OpenGL adapter has compute.

use crate::domain::frame::Size;
use crate::gpu::shaders::Shader;
use crate::gpu::slots::{Slot, Slots};
use crate::gpu::{Gpu, wgpu};

/// Side of the squares of pixels that run together; the shader's `workgroup_size`.
const TILE: u32 = 8;

/// A pipeline of the entry point `cs_main`, with bind group 0.
#[derive(Debug)]
pub struct ComputePass {
    label: &'static str,
    slots: Slots,
    pipeline: wgpu::ComputePipeline,
}

impl ComputePass {
    /// Compiles `shader`, whose `override`s are `constants`.
    pub fn new(gpu: &Gpu, shader: &Shader, slots: &[Slot], constants: &[(&str, f64)]) -> Self {
        let slots = Slots::new(gpu, shader.name, slots, wgpu::ShaderStages::COMPUTE);
        let pipeline = gpu
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(shader.name),
                layout: Some(&slots.pipeline_layout(gpu)),
                module: &shader.module(gpu),
                entry_point: Some("cs_main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants,
                    ..wgpu::PipelineCompilationOptions::default()
                },
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

    /// Runs a thread for each pixel of `size`, and some beyond its right and lower edge.
    pub fn run(&self, encoder: &mut wgpu::CommandEncoder, bound: &wgpu::BindGroup, size: Size) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some(self.label),
            timestamp_writes: None,
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, bound, &[]);
        pass.dispatch_workgroups(size.width.div_ceil(TILE), size.height.div_ceil(TILE), 1);
    }
}
