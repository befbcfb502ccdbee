//! [`UiAction`]: what the person at the window asked for; the app carries it out.

use std::path::PathBuf;

use crate::domain::control::Command;
use crate::domain::frame::Picture;
use crate::domain::style::StyleId;

/// One wish of the person at the window.
#[derive(Debug, Clone)]
pub enum UiAction {
    /// Hand this to the pipeline.
    Send(Command),
    /// Use the style of this name.
    ChooseStyle(StyleId),
    /// Mix the style of this name in, or none.
    ChooseSecond(Option<StyleId>),
    /// Read this file, keep it as a style and use it.
    AddStyleFrom(PathBuf),
    /// Keep this picture as a style and use it.
    AddStylePasted(Picture),
    /// Ask the desktop for a picture file.
    OpenFileDialog,
    /// Start recording, or stop it.
    ToggleRecording,
    /// Keep the next picture.
    SaveStill,
    /// Fill the screen, or stop filling it.
    ToggleFullscreen,
}
