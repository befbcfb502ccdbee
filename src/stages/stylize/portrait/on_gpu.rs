//! [`GpuPainter`]: paints sittings in a compute pass; `Sitting::paint` is its twin on the CPU.
//!
//! The portrait is uploaded once, what changes in each frame. The crop is read back, since what
//! comes after works on the CPU; that waits for the device.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::frame::{Picture, Size};
use crate::domain::skin::Skin;
use crate::gpu::buffer::ShaderBuffer;
use crate::gpu::compute::ComputePass;
use crate::gpu::readback::read_buffer;
use crate::gpu::slots::Slot;
use crate::gpu::texture::{PictureTexture, Seen};
use crate::gpu::uniforms::PortraitUniforms;
use crate::gpu::watch::Watch;
use crate::gpu::{Gpu, GpuError, Software, shaders, wgpu};
use crate::stages::stylize::portrait::chunks::CELLS;
use crate::stages::stylize::portrait::field::STEP;
use crate::stages::stylize::portrait::paint::{
    FEATURES, LIGHT, SKIN, SKIN_FROM, SKIN_TO, SMALL, Sitting,
};
use crate::stages::stylize::portrait::painter::Commission;
use crate::stages::stylize::portrait::reference::{CELL, Portrait, SIDE};

/// A device that answers later than this is given up: long enough for a driver that compiles.
const PATIENCE: Duration = Duration::from_secs(5);

/// Numbers of the table of tones: for 256 brightnesses a colour and a brightness.
type Tones = [[f32; 4]; 256];

/// One device with all that painting needs; textures and buffers are kept between frames.
#[derive(Debug)]
pub struct GpuPainter {
    gpu: Gpu,
    watch: Watch,
    pass: ComputePass,
    /// The portrait that lies in `colours` and `shapes`.
    portrait: Option<Arc<Portrait>>,
    colours: PictureTexture,
    shapes: PictureTexture,
    photo: PictureTexture,
    cells: wgpu::Texture,
    uniforms: ShaderBuffer,
    tones: ShaderBuffer,
    nodes: ShaderBuffer,
    planes: ShaderBuffer,
    pixels: ShaderBuffer,
    /// The painted crop, where the CPU can read it.
    landing: ShaderBuffer,
    /// `None` where something was renewed.
    bound: Option<wgpu::BindGroup>,
}

impl GpuPainter {
    /// Opens the best adapter and compiles the shader.
    pub fn open(software: Software) -> Result<Self, GpuError> {
        Self::new(Gpu::for_compute(software)?)
    }

    /// A painter on the device of `gpu`, which must be able to compute.
    pub fn new(gpu: Gpu) -> Result<Self, GpuError> {
        let watch = Watch::over(&gpu);
        let uniform_bytes = size_of::<PortraitUniforms>() as u64;
        let tone_bytes = size_of::<Tones>() as u64;
        let slots = [
            Slot::Uniform(uniform_bytes),
            Slot::Uniform(tone_bytes),
            Slot::Texture,
            Slot::Texture,
            Slot::Texture,
            Slot::Integers,
            Slot::Numbers,
            Slot::Numbers,
            Slot::Written,
        ];
        let picture = |label, side: u32| {
            PictureTexture::new(&gpu, label, Size::new(side, side), Seen::Encoded)
        };
        let upload = wgpu::BufferUsages::COPY_DST;
        let (uniform, storage) = (
            upload | wgpu::BufferUsages::UNIFORM,
            upload | wgpu::BufferUsages::STORAGE,
        );
        let pixels = storage | wgpu::BufferUsages::COPY_SRC;
        let landing = upload | wgpu::BufferUsages::MAP_READ;
        let buffer = |label, usage, bytes| ShaderBuffer::new(&gpu, label, usage, bytes);
        let painter = Self {
            pass: ComputePass::new(&gpu, &shaders::PORTRAIT, &slots, &constants()),
            portrait: None,
            colours: picture("portrait colours", SIDE as u32)?,
            shapes: picture("portrait shapes", SIDE as u32)?,
            photo: picture("portrait photo", 1)?,
            cells: cells_texture(&gpu),
            uniforms: buffer("portrait uniforms", uniform, uniform_bytes),
            tones: buffer("portrait tones", uniform, tone_bytes),
            nodes: buffer("portrait field", storage, 8),
            planes: buffer("portrait planes", storage, 4),
            pixels: buffer("portrait crop", pixels, 4),
            landing: buffer("portrait readback", landing, 4),
            bound: None,
            gpu,
            watch,
        };
        painter.watch.check()?;
        Ok(painter)
    }

    /// What paints.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Paints the face over `crop`, as `Sitting::paint` does. Where that fails, `crop` is as it was
    /// and the device is not to be used again.
    pub fn paint(
        &mut self,
        commission: &Commission<'_>,
        crop: &mut Picture,
    ) -> Result<(), GpuError> {
        self.prepare(commission, crop)?;
        let (size, bytes) = (crop.size(), crop.rgba().len() as u64);
        let bound = match self.bound.take() {
            Some(bound) => bound,
            None => self.bind(),
        };
        let label = Some("portrait");
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        self.pass.run(&mut encoder, &bound, size);
        let (from, to) = (self.pixels.buffer(), self.landing.buffer());
        encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
        self.gpu.queue.submit([encoder.finish()]);
        self.bound = Some(bound);
        // What went wrong up to here tells more than the readback that fails by it.
        self.watch.check()?;
        read_buffer(&self.gpu, to, PATIENCE, crop.rgba_mut())
    }

    /// Uploads all that is new.
    fn prepare(&mut self, commission: &Commission<'_>, crop: &Picture) -> Result<(), GpuError> {
        let gpu = &self.gpu;
        let Commission {
            sitting,
            photo,
            portrait,
            likeness,
            skin,
        } = *commission;
        let known = self.portrait.as_ref();
        if !known.is_some_and(|known| Arc::ptr_eq(known, portrait)) {
            self.colours.upload(gpu, &portrait.colours)?;
            self.shapes.upload(gpu, &portrait.shapes)?;
            self.portrait = Some(Arc::clone(portrait));
        }
        let (columns, rows, nodes) = sitting.field.grid();
        let light = &sitting.light;
        let (skin_side, skin) = skin.map_or((0, &[][..]), Skin::grid);
        let size = crop.size();
        let uniforms = PortraitUniforms {
            size: [size.width, size.height],
            field: [columns as u32, rows as u32],
            light: [light.width() as u32, light.height() as u32],
            skin: skin_side as u32,
            likeness,
        };
        let light = bytemuck::cast_slice(light.values());
        let skin = bytemuck::cast_slice(skin);
        self.uniforms.upload(gpu, &[bytemuck::bytes_of(&uniforms)]);
        let tones = tones(sitting, portrait);
        self.tones.upload(gpu, &[bytemuck::cast_slice(&tones)]);
        let mut renewed = self.photo.upload(gpu, photo)?;
        renewed |= self.nodes.upload(gpu, &[bytemuck::cast_slice(nodes)]);
        renewed |= self.planes.upload(gpu, &[light, skin]);
        renewed |= self.pixels.upload(gpu, &[crop.rgba()]);
        self.landing.reserve(gpu, crop.rgba().len() as u64);
        upload_cells(gpu, &self.cells, sitting.chunks.cells());
        if renewed {
            self.bound = None;
        }
        Ok(())
    }

    fn bind(&self) -> wgpu::BindGroup {
        let cells = self.cells.create_view(&wgpu::TextureViewDescriptor {
            label: Some("portrait chunks"),
            ..wgpu::TextureViewDescriptor::default()
        });
        let view = wgpu::BindingResource::TextureView;
        let resources = [
            self.uniforms.buffer().as_entire_binding(),
            self.tones.buffer().as_entire_binding(),
            view(self.photo.view()),
            view(self.colours.view()),
            view(self.shapes.view()),
            view(&cells),
            self.nodes.buffer().as_entire_binding(),
            self.planes.buffer().as_entire_binding(),
            self.pixels.buffer().as_entire_binding(),
        ];
        self.pass.bind(&self.gpu, resources)
    }
}

/// The constants of the twin, by their names in the shader.
fn constants() -> [(&'static str, f64); 9] {
    [
        ("STEP", STEP as f64),
        ("SIDE", SIDE as f64),
        ("CELL", CELL as f64),
        ("SMALL", SMALL as f64),
        ("SKIN", SKIN.into()),
        ("FEATURES", FEATURES.into()),
        ("LIGHT", LIGHT.into()),
        ("SKIN_FROM", SKIN_FROM.into()),
        ("SKIN_TO", SKIN_TO.into()),
    ]
}

/// For each brightness the painter's colour and the painting's brightness.
fn tones(sitting: &Sitting, portrait: &Portrait) -> Tones {
    let palette = &portrait.palette.0;
    let mut tones = [[0.0; 4]; 256];
    for ((tone, [r, g, b]), brightness) in tones.iter_mut().zip(palette).zip(sitting.curve.0) {
        *tone = [*r, *g, *b, brightness];
    }
    tones
}

const CELLS_EXTENT: wgpu::Extent3d = wgpu::Extent3d {
    width: CELLS as u32,
    height: CELLS as u32,
    depth_or_array_layers: 1,
};

fn cells_texture(gpu: &Gpu) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("portrait chunks"),
        size: CELLS_EXTENT,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rg8Sint,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn upload_cells(gpu: &Gpu, texture: &wgpu::Texture, cells: &[[i8; 2]]) {
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(CELLS as u32 * 2),
        rows_per_image: None,
    };
    let (to, bytes) = (texture.as_image_copy(), bytemuck::cast_slice(cells));
    gpu.queue.write_texture(to, bytes, layout, CELLS_EXTENT);
}
