//! [`PipelineError`]: why a pipeline did not start. [`Waker`]: how it calls the window.

use std::sync::Arc;

use thiserror::Error;

use crate::stages::stylize::StylizeError;

/// Called when a new composition lies ready, or a state changed.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The pipeline could not start.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The first style gave no code.
    #[error("the style {style} could not be prepared: {why}")]
    Style {
        /// Which style.
        style: String,
        /// The stylizer's reason.
        why: StylizeError,
    },
    /// The system refused a thread.
    #[error("a thread could not be started: {0}. Close other programs and try again.")]
    Thread(#[from] std::io::Error),
}
