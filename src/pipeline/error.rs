//! [`PipelineError`]: why a pipeline did not start. [`Waker`]: how the pipeline notifies the window.

use std::sync::Arc;

use thiserror::Error;

use crate::stages::stylize::StylizeError;

/// Called when a new composition is ready or a state changed.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The pipeline could not start.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// No code could be made for the first style.
    #[error("the style {style} could not be prepared: {why}")]
    Style {
        /// The style's name.
        style: String,
        /// The error of the stylizer.
        why: StylizeError,
    },
    /// The system could not create a thread.
    #[error("a thread could not be started: {0}. Close other programs and try again.")]
    Thread(#[from] std::io::Error),
}
