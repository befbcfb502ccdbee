//! [`PipelineHandle`]: the pipeline as the window uses it. [`Waker`]: how the pipeline notifies the window.

use std::sync::{Arc, OnceLock};

use crate::domain::composition::Composition;
use crate::domain::control::{Command, PipelineStatus};

/// The source of compositions. No call may block on work.
pub trait PipelineHandle {
    /// Sends a command.
    fn send(&self, command: Command);

    /// Returns the newest composition, if one arrived since the last call.
    fn take_composition(&self) -> Option<Arc<Composition>>;

    /// Returns the newest report, if one arrived since the last call.
    fn status(&self) -> Option<PipelineStatus>;
}

/// Requests a redraw of the window. A pipeline may hold it before the window exists; until then a call does
/// nothing, and the window checks once when it opens.
#[derive(Debug, Clone, Default)]
pub struct Waker {
    window: Arc<OnceLock<egui::Context>>,
}

impl Waker {
    /// Signals news to the window. Cheap, and callable from any thread.
    pub fn wake(&self) {
        if let Some(ctx) = self.window.get() {
            ctx.request_repaint();
        }
    }

    /// Binds it to a window; only the first binding counts.
    pub(crate) fn bind(&self, ctx: &egui::Context) {
        self.window.get_or_init(|| ctx.clone());
    }
}
