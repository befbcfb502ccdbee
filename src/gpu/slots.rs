//! `Slots`: layout of the bindings in a shader's group 0.

use crate::gpu::{Gpu, wgpu};

/// The resource at one binding, from binding 0 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// A uniform buffer of this many bytes.
    Uniform(u64),
    /// A texture of floats, read by `textureLoad` or through a sampler.
    Texture,
    /// A sampler that interpolates.
    Sampler,
}

/// The layout of bind group 0.
#[derive(Debug)]
pub(super) struct Slots {
    label: &'static str,
    layout: wgpu::BindGroupLayout,
}

impl Slots {
    /// Creates the layout of `slots`, visible to `stage`.
    pub(super) fn new(
        gpu: &Gpu,
        label: &'static str,
        slots: &[Slot],
        stage: wgpu::ShaderStages,
    ) -> Self {
        let entries: Vec<_> = (0..)
            .zip(slots)
            .map(|(binding, slot)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: stage,
                ty: slot.binding_type(),
                count: None,
            })
            .collect();
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries: &entries,
            });
        Self { label, layout }
    }

    /// The layout of a pipeline with this group alone.
    pub(super) fn pipeline_layout(&self, gpu: &Gpu) -> wgpu::PipelineLayout {
        gpu.device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(self.label),
                bind_group_layouts: &[Some(&self.layout)],
                immediate_size: 0,
            })
    }

    /// Binds `resources` to bindings 0, 1, ….
    pub(super) fn bind<'a>(
        &self,
        gpu: &Gpu,
        resources: impl IntoIterator<Item = wgpu::BindingResource<'a>>,
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.label),
            layout: &self.layout,
            entries: &entries,
        })
    }
}

impl Slot {
    fn binding_type(self) -> wgpu::BindingType {
        match self {
            Self::Uniform(bytes) => wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: wgpu::BufferSize::new(bytes),
            },
            Self::Texture => wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float { filterable: true },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            Self::Sampler => wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        }
    }
}
