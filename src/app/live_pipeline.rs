//! [`LivePipeline`]: the pipeline behind the window.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use crate::app::pipeline_handle::PipelineHandle;
use crate::domain::composition::Composition;
use crate::domain::control::{Command, PipelineStatus};
use crate::domain::frame::FrameTime;
use crate::domain::timing::Clock;
use crate::pipeline::Pipeline;

/// Interval between two reports to the window.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// A running pipeline; it stops, and closes its recording, when the window is dropped.
#[derive(Debug)]
pub struct LivePipeline {
    /// `None` only during the drop.
    pipeline: Option<Pipeline>,
    clock: Clock,
    reported: Cell<Option<FrameTime>>,
}

impl LivePipeline {
    /// Takes ownership of a running pipeline that uses `clock`.
    pub fn new(pipeline: Pipeline, clock: Clock) -> Self {
        Self {
            pipeline: Some(pipeline),
            clock,
            reported: Cell::new(None),
        }
    }
}

impl PipelineHandle for LivePipeline {
    fn send(&self, command: Command) {
        if let Some(pipeline) = &self.pipeline {
            pipeline.send(command);
        }
    }

    fn take_composition(&self) -> Option<Arc<Composition>> {
        let pipeline = self.pipeline.as_ref()?;
        let composition = pipeline.take_composition()?;
        pipeline.presented(&composition);
        Some(composition)
    }

    fn status(&self) -> Option<PipelineStatus> {
        let now = self.clock.now();
        if self
            .reported
            .get()
            .is_some_and(|at| now.since(at) < REPORT_EVERY)
        {
            return None;
        }
        self.reported.set(Some(now));
        self.pipeline.as_ref().map(Pipeline::status)
    }
}

impl Drop for LivePipeline {
    fn drop(&mut self) {
        if let Some(pipeline) = self.pipeline.take() {
            pipeline.stop();
        }
    }
}
