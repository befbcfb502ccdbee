//! The window: owns the panels, the canvas and the pipeline. Only `cli` imports this module.
//!
//! [`run`] opens it. The pipeline may start earlier, so its first frame is in progress while the window
//! opens. The pipeline gets [`Waker::wake`]; the window draws only when that is called, or on user input.

// The pipeline as the window uses it.
pub mod pipeline_handle;

// Turns a composition into a texture.
pub mod canvas;

// The source of styles, read on its own thread.
pub mod style_store;

// Names for recordings and snapshots.
mod files;

// The desktop's file chooser, on its own thread.
mod dialog;

// The pipeline behind the window.
pub mod live_pipeline;

// The compositor on the window's own device.
pub mod gpu_canvas;

// Draws the window's shapes without egui's shader.
pub mod plain_painter;

// The catalogue behind the style strip.
pub mod catalogue_store;

// Start-up configuration and errors.
pub mod config;

// The window itself.
pub mod window;

use eframe::CreationContext;
use egui_wgpu::{WgpuSetup, wgpu};

use crate::app::canvas::CanvasSource;
use crate::app::pipeline_handle::{PipelineHandle, Waker};
use crate::app::style_store::StyleStore;
use crate::app::window::Window;

pub use crate::app::config::{AppConfig, AppError};

/// Makes the canvas once the window's device exists.
pub type MakeCanvas =
    Box<dyn FnOnce(&CreationContext<'_>) -> Result<Box<dyn CanvasSource>, String>>;

/// Opens the window and returns when it is closed.
pub fn run(
    config: AppConfig,
    pipeline: impl PipelineHandle + 'static,
    canvas: MakeCanvas,
    store: impl StyleStore + 'static,
    waker: &Waker,
) -> Result<(), AppError> {
    let waker = waker.clone();
    let create = move |cc: &CreationContext<'_>| {
        let canvas = canvas(cc)?;
        let window = Window::new(
            cc,
            config,
            Box::new(pipeline),
            canvas,
            Box::new(store),
            &waker,
        )?;
        Ok(Box::new(window) as Box<dyn eframe::App>)
    };
    eframe::run_native("vizard", options(), Box::new(create)).map_err(app_error)
}

fn options() -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Vizard")
        .with_app_id("vizard")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true);
    let mut options = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Wgpu,
        persist_window: false,
        centered: true,
        ..Default::default()
    };
    if let WgpuSetup::CreateNew(setup) = &mut options.wgpu_options.wgpu_setup {
        // egui's own request leaves compute limits of 0 on GL, and the first compute pass panics.
        setup.device_descriptor = std::sync::Arc::new(|adapter| wgpu::DeviceDescriptor {
            label: Some("vizard window"),
            required_limits: adapter.limits(),
            ..Default::default()
        });
    }
    options
}

/// The text of a winit error without the leading location in winit's source.
fn reason(text: &str) -> String {
    let words = text.rsplit(": ").next().unwrap_or(text);
    words.trim_end_matches([')', '.']).to_owned()
}

/// wgpu lists the message of each interface; without any, the list is `{}`.
fn without_empty_list(text: &str) -> String {
    text.trim_end_matches(": {}").to_owned()
}

/// Whether the environment names a desktop, so that a caller can skip the window before anything is
/// started. A named desktop may still refuse; then [`run`] reports it.
pub fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
            .into_iter()
            .any(named)
}

fn app_error(error: eframe::Error) -> AppError {
    match error {
        eframe::Error::Winit(error) => AppError::NoDisplay(reason(&error.to_string())),
        eframe::Error::WinitEventLoop(error) => AppError::NoDisplay(reason(&error.to_string())),
        eframe::Error::Wgpu(error) => AppError::NoGpu(without_empty_list(&error.to_string())),
        eframe::Error::AppCreation(error) => AppError::Start(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_display_tells_the_reason_in_words() {
        let text = "os error at src/linux/mod.rs:765: neither DISPLAY nor WAYLAND_DISPLAY is set.)";

        assert_eq!(
            AppError::NoDisplay(reason(text)).to_string(),
            "There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). \
             Use `vizard render` to write a file."
        );
    }
}
