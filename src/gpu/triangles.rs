//! [`TrianglePass`]: textured triangles, drawn in order, back to front.

use std::ops::Range;

use crate::gpu::buffer::ShaderBuffer;
use crate::gpu::shaders::Shader;
use crate::gpu::slots::{Slot, Slots};
use crate::gpu::texture::PictureTexture;
use crate::gpu::uniforms::WindowUniforms;
use crate::gpu::{Gpu, wgpu};

/// Bytes of a vertex: x and y in points (`f32`), x and y in the texture from 0 to 1 (`f32`), colour (RGBA8,
/// sRGB-encoded, premultiplied alpha).
const CORNER_BYTES: u64 = 20;

/// Initial capacity in vertices.
const CORNERS: u64 = 8192;

/// Triangles of one texture.
#[derive(Debug)]
pub struct Piece<'a> {
    /// Bind group from [`TrianglePass::bind`].
    pub bound: &'a wgpu::BindGroup,
    /// The pixels that may be drawn to: left, top, width, height; inside the target.
    pub scissor: [u32; 4],
    /// Range of the uploaded indices, three per triangle.
    pub indices: Range<u32>,
    /// The vertex that index 0 refers to.
    pub first_corner: i32,
}

/// The pipeline of `vs_main` and `fs_main`, with its buffers.
#[derive(Debug)]
pub struct TrianglePass {
    slots: Slots,
    pipeline: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
    window: ShaderBuffer,
    corners: ShaderBuffer,
    indices: ShaderBuffer,
}

impl TrianglePass {
    /// Compiles `shader` for targets of `format`, with premultiplied alpha blending.
    pub fn new(gpu: &Gpu, shader: &Shader, format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let uniform_bytes = size_of::<WindowUniforms>() as u64;
        let kinds = [Slot::Uniform(uniform_bytes), Slot::Texture, Slot::Sampler];
        let slots = Slots::new(
            gpu,
            shader.name,
            &kinds,
            wgpu::ShaderStages::VERTEX_FRAGMENT,
        );
        let buffer = |usage, bytes| {
            let usage = usage | wgpu::BufferUsages::COPY_DST;
            ShaderBuffer::new(gpu, shader.name, usage, bytes)
        };
        Self {
            pipeline: pipeline(gpu, shader, &slots, format),
            slots,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some(shader.name),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            window: buffer(wgpu::BufferUsages::UNIFORM, uniform_bytes),
            corners: buffer(wgpu::BufferUsages::VERTEX, CORNERS * CORNER_BYTES),
            indices: buffer(wgpu::BufferUsages::INDEX, CORNERS * 6),
        }
    }

    /// Binds the texture of triangles.
    pub fn bind(&self, gpu: &Gpu, texture: &PictureTexture) -> wgpu::BindGroup {
        let resources = [
            self.window.buffer().as_entire_binding(),
            wgpu::BindingResource::TextureView(texture.view()),
            wgpu::BindingResource::Sampler(&self.sampler),
        ];
        self.slots.bind(gpu, resources)
    }

    /// Uploads all vertices (20 bytes each) and indices (`u32`) for a window of size `points`.
    pub fn upload(&mut self, gpu: &Gpu, points: [f32; 2], corners: &[u8], indices: &[u8]) {
        let window = WindowUniforms {
            points,
            ..WindowUniforms::default()
        };
        self.window.upload(gpu, &[bytemuck::bytes_of(&window)]);
        self.corners.upload(gpu, &[corners]);
        self.indices.upload(gpu, &[indices]);
    }

    /// Draws `pieces`, back to front.
    pub fn draw<'a>(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        pieces: impl IntoIterator<Item = Piece<'a>>,
    ) {
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.corners.buffer().slice(..));
        let indices = self.indices.buffer().slice(..);
        pass.set_index_buffer(indices, wgpu::IndexFormat::Uint32);
        for piece in pieces {
            let [left, top, width, height] = piece.scissor;
            pass.set_scissor_rect(left, top, width, height);
            pass.set_bind_group(0, piece.bound, &[]);
            pass.draw_indexed(piece.indices, piece.first_corner, 0..1);
        }
    }
}

fn pipeline(
    gpu: &Gpu,
    shader: &Shader,
    slots: &Slots,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let module = shader.module(gpu);
    let corner = wgpu::VertexBufferLayout {
        array_stride: CORNER_BYTES,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4],
    };
    let target = wgpu::ColorTargetState {
        format,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        write_mask: wgpu::ColorWrites::ALL,
    };
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(shader.name),
            layout: Some(&slots.pipeline_layout(gpu)),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(corner)],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(target)],
            }),
            multiview_mask: None,
            cache: None,
        })
}
