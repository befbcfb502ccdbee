//! [`PipelineHandle`]: what makes the pictures, as the window sees it. [`Waker`]: how it calls the window.

use std::sync::{Arc, OnceLock};

use crate::domain::composition::Composition;
use crate::domain::control::{Command, PipelineStatus};

/// What makes the pictures. No call may wait for work.
pub trait PipelineHandle {
    /// Hands a wish over.
    fn send(&self, command: Command);

    /// The newest composition, if one came since the last call.
    fn take_composition(&self) -> Option<Arc<Composition>>;

    /// The newest report, if one came since the last call.
    fn status(&self) -> Option<PipelineStatus>;
}

/// Calls the window to draw again. It may be handed to a pipeline before the window is there;
/// until then a call does nothing, and the window looks once when it opens.
#[derive(Debug, Clone, Default)]
pub struct Waker {
    window: Arc<OnceLock<egui::Context>>,
}

impl Waker {
    /// Something new lies there. Cheap, and allowed from any thread.
    pub fn wake(&self) {
        if let Some(ctx) = self.window.get() {
            ctx.request_repaint();
        }
    }

    /// Binds it to a window; the first one stays.
    pub(crate) fn bind(&self, ctx: &egui::Context) {
        self.window.get_or_init(|| ctx.clone());
    }
}
