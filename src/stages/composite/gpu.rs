//! [`GpuCompositor`]: the compositor on the GPU, into a canvas in GPU memory.
//!
//! The frame is uploaded as sRGB-encoded values (`Rgba8Unorm`), each crop as `Rgba8UnormSrgb` (decoded to
//! linear light by the hardware), and the canvas holds sRGB-encoded values (`Rgba8Unorm`, as egui
//! expects).

use crate::domain::composition::Composition;
use crate::domain::frame::{Picture, Size};
use crate::gpu::pass::FullscreenPass;
use crate::gpu::readback::read_back;
use crate::gpu::slots::Slot;
use crate::gpu::texture::{Encoding, PictureTexture};
use crate::gpu::uniforms::{COMPOSITE_LAYERS, CompositeUniforms, Layer};
use crate::gpu::{Gpu, GpuError, shaders, wgpu};
use crate::stages::composite::placement::{MAX_LAYERS, Placement, placements};

const _: () = assert!(MAX_LAYERS == COMPOSITE_LAYERS);

/// Labels of the crops' textures.
const CROP_LABELS: [&str; MAX_LAYERS] = [
    "crop 0", "crop 1", "crop 2", "crop 3", "crop 4", "crop 5", "crop 6",
];

/// Blends layers onto frames; reuses its textures.
#[derive(Debug)]
pub struct GpuCompositor {
    pass: FullscreenPass,
    uniforms: wgpu::Buffer,
    frame: PictureTexture,
    crops: Vec<PictureTexture>,
    canvas: PictureTexture,
    /// `None` after a texture was replaced.
    bound: Option<wgpu::BindGroup>,
}

impl GpuCompositor {
    /// Compiles the shader and creates textures of one pixel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let bytes = size_of::<CompositeUniforms>() as u64;
        let mut slots = vec![Slot::Uniform(bytes)];
        slots.extend([Slot::Texture; 1 + MAX_LAYERS]);
        let format = Encoding::Encoded.format();
        let texture = |label, seen| PictureTexture::new(gpu, label, Size::new(1, 1), seen);
        let crops = CROP_LABELS.map(|label| texture(label, Encoding::Linear));
        Ok(Self {
            pass: FullscreenPass::new(gpu, &shaders::COMPOSITE, &slots, format),
            uniforms: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("composite uniforms"),
                size: bytes,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            frame: texture("frame", Encoding::Encoded)?,
            crops: crops.into_iter().collect::<Result<_, _>>()?,
            canvas: texture("canvas", Encoding::Encoded)?,
            bound: None,
        })
    }

    /// Uploads `composition`; returns whether the canvas is new, in which case its view must be registered
    /// again. [`GpuCompositor::render`] must follow.
    pub fn prepare(&mut self, gpu: &Gpu, composition: &Composition) -> Result<bool, GpuError> {
        let frame = &composition.frame.picture;
        let renewed = self.canvas.resize(gpu, frame.size())?;
        let mut rebind = self.frame.upload(gpu, frame)?;
        let mut uniforms = CompositeUniforms::default();
        let slots = self.crops.iter_mut().zip(&mut uniforms.layers);
        for (placement, (crop, layer)) in placements(composition).zip(slots) {
            rebind |= crop.upload(gpu, placement.picture)?;
            *layer = Layer::from(&placement);
            uniforms.count += 1;
        }
        gpu.queue
            .write_buffer(&self.uniforms, 0, bytemuck::bytes_of(&uniforms));
        if rebind || self.bound.is_none() {
            self.bound = Some(self.bind(gpu));
        }
        Ok(renewed)
    }

    fn bind(&self, gpu: &Gpu) -> wgpu::BindGroup {
        let textures = std::iter::once(&self.frame).chain(&self.crops);
        let views = textures.map(|t| wgpu::BindingResource::TextureView(t.view()));
        let uniforms = std::iter::once(self.uniforms.as_entire_binding());
        self.pass.bind(gpu, uniforms.chain(views))
    }

    /// Draws the prepared composition into the canvas; draws nothing before the first
    /// [`GpuCompositor::prepare`].
    pub fn render(&self, encoder: &mut wgpu::CommandEncoder) {
        if let Some(bound) = &self.bound {
            self.pass.draw(encoder, bound, self.canvas.view());
        }
    }

    /// Uploads and draws `composition` at once; returns whether the canvas is new.
    pub fn compose(&mut self, gpu: &Gpu, composition: &Composition) -> Result<bool, GpuError> {
        let renewed = self.prepare(gpu, composition)?;
        let label = Some("composite");
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        self.render(&mut encoder);
        gpu.queue.submit([encoder.finish()]);
        Ok(renewed)
    }

    /// Returns the finished picture: sRGB-encoded values, `Rgba8Unorm`.
    pub fn canvas_view(&self) -> &wgpu::TextureView {
        self.canvas.view()
    }

    /// Returns the size of the finished picture.
    pub fn canvas_size(&self) -> Size {
        self.canvas.size()
    }

    /// Reads the finished picture back; waits for the GPU.
    pub fn read_canvas(&self, gpu: &Gpu) -> Result<Picture, GpuError> {
        read_back(gpu, &self.canvas)
    }
}

impl From<&Placement<'_>> for Layer {
    fn from(placement: &Placement<'_>) -> Self {
        let [[a, b, tx], [c, d, ty]] = placement.crop_from_frame.rows();
        let size = placement.picture.size();
        Self {
            crop_from_frame_x: [a, b, tx, 0.0],
            crop_from_frame_y: [c, d, ty, 0.0],
            size: [size.width as f32, size.height as f32],
            opacity: placement.opacity,
            padding: 0.0,
        }
    }
}
