//! [`install`]: draws egui's shapes with a plain shader of this program if the window's device is a
//! software renderer (ADR 0011).
//!
//! egui's shader can filter textures by hand, which graphics cards skip; a software renderer computes both
//! branches for every pixel. The plugin takes all shapes out of egui's output and leaves one callback,
//! which draws them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use eframe::CreationContext;
use egui::epaint::{ClippedPrimitive, ClippedShape, ImageData, ImageDelta, Primitive, TextureId};
use egui::mutex::Mutex;
use egui::{FullOutput, PaintCallbackInfo, Plugin, Rect, Shape};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};

use crate::domain::frame::Size;
use crate::gpu::Gpu;
use crate::gpu::shaders::WINDOW;
use crate::gpu::texture::{Encoding, PictureTexture};
use crate::gpu::triangles::{Piece, TrianglePass};

/// Takes over the drawing of the window that `cc` opens. Returns `false` if it cannot: egui then keeps
/// drawing the window.
pub fn install(cc: &CreationContext<'_>) -> bool {
    let Some(state) = &cc.wgpu_render_state else {
        return false;
    };
    let format = state.target_format;
    // Colours are blended in sRGB encoding, without conversion.
    if format.is_srgb() {
        return false;
    }
    let (device, queue) = (state.device.clone(), state.queue.clone());
    let gpu = Gpu::from_parts(state.adapter.clone(), device, queue);
    cc.egui_ctx.add_plugin(PlainPainter {
        buffer: Arc::new(Mutex::new(TileBuffer::new(gpu, format))),
    });
    true
}

/// The plugin.
struct PlainPainter {
    buffer: Arc<Mutex<TileBuffer>>,
}

impl Plugin for PlainPainter {
    fn debug_name(&self) -> &'static str {
        "plain painter"
    }

    fn output_hook(&mut self, ctx: &egui::Context, output: &mut FullOutput) {
        self.buffer.lock().take_textures(output);
        let shapes = std::mem::take(&mut output.shapes);
        let primitives = ctx.tessellate(shapes, output.pixels_per_point);
        let buffer = Arc::clone(&self.buffer);
        let painting = Painting { buffer, primitives };
        let whole = ctx.viewport_rect();
        let shape = Callback::new_paint_callback(whole, painting);
        output
            .shapes
            .push(ClippedShape::new(whole, Shape::Callback(shape)));
    }
}

/// A texture of egui's, and its binding in a shader.
#[derive(Debug)]
struct Sheet {
    texture: PictureTexture,
    bound: wgpu::BindGroup,
}

/// Device resources that persist across frames.
#[derive(Debug)]
struct TileBuffer {
    gpu: Gpu,
    pass: TrianglePass,
    sheets: HashMap<TextureId, Sheet>,
    /// Textures to free once the shapes that came with them are drawn.
    used_up: Vec<TextureId>,
    /// The location of each mesh of the newest frame in the buffers, in order.
    meshes: Vec<(Range<u32>, u32)>,
    corners: Vec<u8>,
    indices: Vec<u8>,
}

impl TileBuffer {
    fn new(gpu: Gpu, format: wgpu::TextureFormat) -> Self {
        Self {
            pass: TrianglePass::new(&gpu, &WINDOW, format),
            gpu,
            sheets: HashMap::new(),
            used_up: Vec::new(),
            meshes: Vec::new(),
            corners: Vec::new(),
            indices: Vec::new(),
        }
    }

    /// Applies all texture changes.
    fn take_textures(&mut self, output: &mut FullOutput) {
        for id in self.used_up.drain(..) {
            self.sheets.remove(&id);
        }
        let delta = &mut output.textures_delta;
        for (id, changes) in delta.set.drain() {
            for change in changes {
                self.change(id, &change);
            }
        }
        self.used_up.extend(delta.free.drain());
        // Uploads wait for the next submission; a hidden window makes none.
        self.gpu.queue.submit([]);
    }

    fn change(&mut self, id: TextureId, change: &ImageDelta) {
        let ImageData::Color(image) = &change.image;
        let [width, height] = image.size.map(|side| side as u32);
        let size = Size::new(width, height);
        let at = change.pos.map(|place| place.map(|n| n as u32));
        let sheet = match self.sheets.entry(id) {
            Entry::Occupied(known) => {
                let sheet = known.into_mut();
                if at.is_none() && sheet.texture.resize(&self.gpu, size) == Ok(true) {
                    sheet.bound = self.pass.bind(&self.gpu, &sheet.texture);
                }
                sheet
            }
            Entry::Vacant(place) => {
                let made = PictureTexture::new(&self.gpu, "window", size, Encoding::Encoded);
                // The texture exceeds the device's limits; egui asks for them, so this does not happen.
                let Ok(texture) = made else {
                    return;
                };
                let bound = self.pass.bind(&self.gpu, &texture);
                place.insert(Sheet { texture, bound })
            }
        };
        let at = at.unwrap_or_default();
        let room = sheet.texture.size();
        if at[0] + width <= room.width && at[1] + height <= room.height {
            sheet
                .texture
                .upload_part(&self.gpu, at, size, image.as_raw());
        }
    }

    fn upload(&mut self, primitives: &[ClippedPrimitive], points: [f32; 2]) {
        self.meshes.clear();
        self.corners.clear();
        self.indices.clear();
        let (mut corners, mut indices) = (0, 0);
        for primitive in primitives {
            if let Primitive::Mesh(mesh) = &primitive.primitive {
                let end = indices + mesh.indices.len() as u32;
                self.meshes.push((indices..end, corners));
                indices = end;
                corners += mesh.vertices.len() as u32;
                self.corners
                    .extend_from_slice(bytemuck::cast_slice(&mesh.vertices));
                self.indices
                    .extend_from_slice(bytemuck::cast_slice(&mesh.indices));
            }
        }
        self.pass
            .upload(&self.gpu, points, &self.corners, &self.indices);
    }

    fn draw(
        &self,
        primitives: &[ClippedPrimitive],
        info: &PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'_>,
    ) {
        let meshes = primitives.iter().filter_map(|primitive| {
            let Primitive::Mesh(mesh) = &primitive.primitive else {
                return None;
            };
            Some((primitive.clip_rect, mesh.texture_id))
        });
        let pieces = meshes.zip(&self.meshes).filter_map(|(mesh, place)| {
            let ((clip, texture), (indices, first_corner)) = (mesh, place);
            Some(Piece {
                bound: &self.sheets.get(&texture)?.bound,
                scissor: scissor(clip, info)?,
                indices: indices.clone(),
                first_corner: first_corner.cast_signed(),
            })
        });
        self.pass.draw(pass, pieces);
    }
}

/// The pixels of `clip` that lie on the screen; `None` if there are none.
fn scissor(clip: Rect, info: &PaintCallbackInfo) -> Option<[u32; 4]> {
    let [width, height] = info.screen_size_px;
    let pixel = |points: f32, most: u32| {
        let pixel = (points * info.pixels_per_point).round();
        (pixel.clamp(0.0, most as f32)) as u32
    };
    let (left, top) = (pixel(clip.min.x, width), pixel(clip.min.y, height));
    let (right, bottom) = (pixel(clip.max.x, width), pixel(clip.max.y, height));
    (right > left && bottom > top).then(|| [left, top, right - left, bottom - top])
}

/// All shapes of one frame.
struct Painting {
    buffer: Arc<Mutex<TileBuffer>>,
    primitives: Vec<ClippedPrimitive>,
}

impl CallbackTrait for Painting {
    fn prepare(
        &self,
        _: &wgpu::Device,
        _: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _: &mut wgpu::CommandEncoder,
        _: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let points = screen
            .size_in_pixels
            .map(|pixels| pixels as f32 / screen.pixels_per_point);
        self.buffer.lock().upload(&self.primitives, points);
        Vec::new()
    }

    fn paint(
        &self,
        info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _: &CallbackResources,
    ) {
        self.buffer.lock().draw(&self.primitives, &info, pass);
    }
}
