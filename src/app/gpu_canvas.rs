//! [`GpuCanvas`]: draws compositions into a texture on the window's own device; nothing is read back.

use std::sync::Arc;

use eframe::CreationContext;
use egui_wgpu::wgpu::FilterMode;
use egui_wgpu::{RenderState, Renderer};

use crate::app::canvas::{CanvasSource, UploadedCanvas};
use crate::app::plain_painter;
use crate::domain::composition::Composition;
use crate::domain::frame::Picture;
use crate::gpu::Gpu;
use crate::gpu::adapters::AdapterKind;
use crate::stages::composite::cpu::CpuCompositor;
use crate::stages::composite::gpu::GpuCompositor;
use crate::ui::scene::Canvas;

/// The GPU compositor and egui's identifier for its canvas.
pub struct GpuCanvas {
    gpu: Gpu,
    compositor: GpuCompositor,
    renderer: Arc<egui::mutex::RwLock<Renderer>>,
    texture: Option<egui::TextureId>,
}

impl std::fmt::Debug for GpuCanvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuCanvas")
            .field("compositor", &self.compositor)
            .finish_non_exhaustive()
    }
}

impl GpuCanvas {
    /// Creates a canvas on the device of the window that `cc` opens. If that device is a software renderer,
    /// the canvas is composed on the CPU and uploaded.
    pub fn make(cc: &CreationContext<'_>) -> Result<Box<dyn CanvasSource>, String> {
        let RenderState {
            adapter,
            device,
            queue,
            renderer,
            ..
        } = cc
            .wgpu_render_state
            .clone()
            .ok_or("the window has no graphics device")?;
        let gpu = Gpu::from_parts(adapter, device, queue);
        if gpu.report().kind == AdapterKind::Cpu {
            // A software renderer takes seconds to compile the compositor's shader and is slower on each
            // frame than the CPU compositor; egui's shader is slow there as well.
            plain_painter::install(cc);
            let mut compositor = CpuCompositor::default();
            return Ok(Box::new(UploadedCanvas::new(
                move |composition: &Composition| {
                    let mut canvas = Picture::filled(composition.frame.size(), [0, 0, 0, 255]);
                    compositor.compose(composition, &mut canvas);
                    canvas
                },
            )));
        }
        let compositor = GpuCompositor::new(&gpu).map_err(|error| error.to_string())?;
        Ok(Box::new(Self {
            gpu,
            compositor,
            renderer,
            texture: None,
        }))
    }
}

impl CanvasSource for GpuCanvas {
    fn draw(&mut self, _: &egui::Context, composition: &Composition) -> Result<Canvas, String> {
        let renewed = self
            .compositor
            .compose(&self.gpu, composition)
            .map_err(|error| error.to_string())?;
        let (device, view) = (&self.gpu.device, self.compositor.canvas_view());
        let texture = match self.texture {
            Some(texture) if !renewed => texture,
            Some(texture) => {
                let mut renderer = self.renderer.write();
                let filter = FilterMode::Linear;
                renderer.update_egui_texture_from_wgpu_texture(device, view, filter, texture);
                texture
            }
            None => {
                let mut renderer = self.renderer.write();
                renderer.register_native_texture(device, view, FilterMode::Linear)
            }
        };
        self.texture = Some(texture);
        Ok(Canvas {
            texture,
            size: self.compositor.canvas_size(),
        })
    }
}
