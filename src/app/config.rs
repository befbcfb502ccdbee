//! [`AppConfig`]: how the window starts. [`AppError`]: why it did not.

use std::path::PathBuf;

use thiserror::Error;

use crate::domain::settings::Settings;
use crate::domain::style::StyleId;
use crate::domain::timing::Clock;
use crate::ui::scene::StyleThumb;

/// Start-up configuration of the window.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The settings at the start, equal to the pipeline's.
    pub settings: Settings,
    /// The styles, in the order of the strip.
    pub styles: Vec<StyleThumb>,
    /// The style that the pipeline starts with.
    pub style: Option<StyleId>,
    /// The style that the pipeline mixes in.
    pub second: Option<StyleId>,
    /// Directory of recordings and snapshots; created when it is first needed.
    pub videos_dir: PathBuf,
    /// A plain sentence to show at the start, e.g. that no camera was found and the demo plays.
    pub note: Option<String>,
    /// The pipeline's clock, for the latency from capture to screen.
    pub clock: Clock,
    /// Whether the window should close, for example because of a signal.
    pub should_close: fn() -> bool,
}

/// Why the window did not open, or why it ended early.
#[derive(Debug, Error)]
pub enum AppError {
    /// There is no desktop to open a window on.
    #[error("There is no display to open a window on ({0}). Use `vizard render` to write a file.")]
    NoDisplay(String),
    /// No graphics adapter can draw the window.
    #[error(
        "No graphics adapter can draw the window ({0}). Install a Vulkan driver, such as the \
         package mesa-vulkan-drivers, or use `vizard render`."
    )]
    NoGpu(String),
    /// The style thread or the canvas could not be created.
    #[error("The window could not start: {0}")]
    Start(String),
}
