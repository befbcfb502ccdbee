//! [`AppConfig`]: how the window starts. [`AppError`]: why it did not.

use std::path::PathBuf;

use thiserror::Error;

use crate::domain::settings::Settings;
use crate::domain::style::StyleId;
use crate::domain::timing::Clock;
use crate::ui::scene::StyleThumb;

/// How the window starts.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The knobs at the start, as the pipeline has them.
    pub settings: Settings,
    /// The styles, in the order of the strip.
    pub styles: Vec<StyleThumb>,
    /// The style that the pipeline starts with.
    pub style: Option<StyleId>,
    /// The style that the pipeline mixes in.
    pub second: Option<StyleId>,
    /// Where recordings and snapshots go; made when it is first needed.
    pub videos_dir: PathBuf,
    /// A plain sentence for the start, such as that no camera was found and the demo plays.
    pub note: Option<String>,
    /// The pipeline's clock, for the time from capture to screen.
    pub clock: Clock,
    /// Whether the window is to close, for example because a signal came.
    pub should_close: fn() -> bool,
}

/// Why the window did not open, or ended before it was closed.
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
    /// The style thread or the canvas could not be made.
    #[error("The window could not start: {0}")]
    Start(String),
}
