//! [`UiAction`]: a user's request in the window; the app carries it out.

use std::path::PathBuf;

use crate::domain::control::Command;
use crate::domain::frame::Picture;
use crate::domain::style::StyleId;

/// One request of the window's user.
#[derive(Debug, Clone)]
pub enum UiAction {
    /// Send this command to the pipeline.
    Send(Command),
    /// Use the style with this identifier.
    ChooseStyle(StyleId),
    /// Mix in the style with this identifier; `None` ends the mixing.
    ChooseSecond(Option<StyleId>),
    /// Read this file, store it as a style and use it.
    AddStyleFrom(PathBuf),
    /// Store this picture as a style and use it.
    AddStylePasted(Picture),
    /// Open the desktop's file chooser for a picture.
    OpenFileDialog,
    /// Start or stop recording.
    ToggleRecording,
    /// Save the next picture.
    SaveStill,
    /// Enter or leave full screen.
    ToggleFullscreen,
}
