//! [`Shared`]: the small values that every thread reads or counts up. Holds no stage and no frame;
//! locks are held for a copy only.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::composition::{Composition, Outcome};
use crate::domain::control::{
    EngineStatus, FrameCounts, PainterStatus, RecordingState, Snapshot, SourceState, StyleStatus,
    UpscaleStatus,
};
use crate::domain::face::{Steadiness, TrackState};
use crate::domain::frame::{FrameTime, Size};
use crate::domain::settings::Settings;
use crate::domain::timing::{Clock, Samples, StageTimings};
use crate::inference::model::ModelReport;
use crate::pipeline::Waker;
use crate::pipeline::networks::Networks;
use crate::pipeline::report::{FrameTotals, RunReport, peak_memory_mb};

/// Over how long rates on the screen are measured.
const RATE_WINDOW: Duration = Duration::from_secs(2);

/// How many of the newest samples the screen shows: a few seconds' worth.
const RECENT: usize = 120;

/// When things happened lately.
#[derive(Debug, Default)]
struct Rate {
    times: VecDeque<FrameTime>,
}

impl Rate {
    const CAPACITY: usize = 512;

    fn tick(&mut self, now: FrameTime) {
        if self.times.len() == Self::CAPACITY {
            self.times.pop_front();
        }
        self.times.push_back(now);
        while self
            .times
            .front()
            .is_some_and(|first| now.since(*first) > RATE_WINDOW)
        {
            self.times.pop_front();
        }
    }

    fn per_second(&self) -> f32 {
        let (Some(first), Some(last)) = (self.times.front(), self.times.back()) else {
            return 0.0;
        };
        let secs = last.since(*first).as_secs_f32();
        if secs > 0.0 {
            (self.times.len() - 1) as f32 / secs
        } else {
            0.0
        }
    }
}

/// Everything that changes while the pipeline runs.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) source: SourceState,
    pub(super) style: StyleStatus,
    pub(super) recording: RecordingState,
    pub(super) still: Option<Result<std::path::PathBuf, String>>,
    pub(super) frames: FrameCounts,
    pub(super) trouble: Option<String>,
    pub(super) tracking: TrackState,
    pub(super) steadiness: Option<Steadiness>,
    /// Networks that were opened after the start; at most one of each kind.
    opened: Vec<ModelReport>,
    painter: PainterStatus,
    upscale: UpscaleStatus,
    /// Styled frames by what enlarged their faces.
    upscaled: BTreeMap<UpscaleStatus, u64>,
    faces: usize,
    captured: Rate,
    presented: Rate,
    latency: Samples,
    first_presented: Option<FrameTime>,
    last_presented: Option<FrameTime>,
    presented_count: u64,
    source_error: Option<String>,
}

/// Shared by all threads of one pipeline.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) timings: StageTimings,
    status: Mutex<Status>,
    settings: Mutex<Settings>,
    stop: AtomicBool,
    models: Vec<ModelReport>,
    provider_note: Option<String>,
    wake: Waker,
}

impl Shared {
    pub(super) fn new(
        clock: Clock,
        settings: Settings,
        networks: &Networks,
        style: StyleStatus,
        wake: Waker,
    ) -> Self {
        let status = Status {
            source: SourceState::Opening,
            style,
            recording: RecordingState::Idle,
            still: None,
            frames: FrameCounts::default(),
            trouble: None,
            tracking: TrackState::Searching,
            steadiness: None,
            opened: Vec::new(),
            painter: PainterStatus::default(),
            upscale: UpscaleStatus::default(),
            upscaled: BTreeMap::new(),
            faces: 0,
            captured: Rate::default(),
            presented: Rate::default(),
            latency: Samples::default(),
            first_presented: None,
            last_presented: None,
            presented_count: 0,
            source_error: None,
        };
        Self {
            clock,
            timings: StageTimings::default(),
            status: Mutex::new(status),
            settings: Mutex::new(settings),
            stop: AtomicBool::new(false),
            models: networks.reports.clone(),
            provider_note: networks.provider_note.clone(),
            wake,
        }
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the status; `change` only assigns.
    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status());
    }

    /// Changes a knob. Always has room, so it never refuses.
    pub(super) fn set(&self, change: impl FnOnce(&mut Settings)) -> bool {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
        false
    }

    pub(super) fn settings(&self) -> Settings {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn wake(&self) {
        (self.wake)();
    }

    /// A worker's trouble, logged once as long as it stays the same.
    pub(super) fn trouble(&self, why: String) {
        let mut status = self.status();
        if status.trouble.as_ref() != Some(&why) {
            tracing::error!(why, "a stage failed");
            status.trouble = Some(why);
        }
    }

    /// The source will give no more frames, and not because it is over.
    pub(super) fn fail_source(&self, why: String) {
        let mut status = self.status();
        status.source = SourceState::Lost { why: why.clone() };
        status.source_error = Some(why);
        drop(status);
        self.wake();
    }

    /// Notes networks that were opened on the way.
    pub(super) fn opened(&self, networks: Vec<ModelReport>) {
        if !networks.is_empty() {
            self.status().opened.extend(networks);
        }
    }

    /// Notes what lays the portrait engine's strokes.
    pub(super) fn painted_by(&self, painter: &PainterStatus) {
        let mut status = self.status();
        if status.painter != *painter {
            status.painter = painter.clone();
        }
    }

    /// Counts a styled frame by what enlarged its faces.
    pub(super) fn upscaled(&self, by: UpscaleStatus) {
        let mut status = self.status();
        status.upscale = by;
        *status.upscaled.entry(by).or_default() += 1;
    }

    /// Counts a captured frame.
    pub(super) fn captured(&self, size: Size, now: FrameTime) {
        let mut status = self.status();
        status.frames.captured += 1;
        status.captured.tick(now);
        let fps = status.captured.per_second();
        status.source = SourceState::Streaming { size, fps };
    }

    /// Counts a composed frame.
    pub(super) fn composed(&self, composition: &Composition) {
        let mut status = self.status();
        status.faces = composition.faces.len();
        match composition.outcome {
            Outcome::Styled => status.frames.styled += 1,
            Outcome::Held => status.frames.held += 1,
            Outcome::Plain => {}
        }
    }

    /// Counts a picture that was shown or written.
    pub(super) fn presented(&self, composition: &Composition) {
        let now = self.clock.now();
        let mut status = self.status();
        status
            .latency
            .push(now.since(composition.frame.captured_at));
        status.presented.tick(now);
        status.first_presented.get_or_insert(now);
        status.last_presented = Some(now);
        status.presented_count += 1;
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let stages_ms = self.timings.summary_of(RECENT);
        let status = self.status();
        Snapshot {
            source: status.source.clone(),
            style: status.style.clone(),
            recording: status.recording.clone(),
            still: status.still.clone(),
            faces: status.faces,
            tracking: status.tracking,
            steadiness: status.steadiness,
            engine: EngineStatus::of(self.settings().engine, status.style.face()),
            painter: status.painter.clone(),
            upscale: status.upscale,
            fps: status.presented.per_second(),
            latency_ms: status.latency.percentiles_of(RECENT),
            stages_ms,
            provider: self
                .models
                .last()
                .map(|m| m.provider.to_string())
                .unwrap_or_default(),
            provider_note: self.provider_note.clone(),
            frames: status.frames,
            trouble: status.trouble.clone(),
        }
    }

    /// What the run did, for a report.
    pub(super) fn report(&self) -> RunReport {
        let status = self.status();
        let span = status.last_presented.unwrap_or_default();
        let span = span
            .since(status.first_presented.unwrap_or_default())
            .as_secs_f32();
        let intervals = status.presented_count.saturating_sub(1) as f32;
        RunReport {
            version: env!("CARGO_PKG_VERSION"),
            models: [&self.models[..], &status.opened].concat(),
            frames: FrameTotals {
                captured: status.frames.captured,
                styled: status.frames.styled,
                held: status.frames.held,
                dropped: status.frames.dropped,
            },
            engine: EngineStatus::of(self.settings().engine, status.style.face()).words(),
            painter: status.painter.words(),
            upscaled: status
                .upscaled
                .iter()
                .map(|(by, frames)| (by.words(), *frames))
                .collect(),
            fps: if span > 0.0 { intervals / span } else { 0.0 },
            stages_ms: self.timings.summary(),
            latency_ms: status.latency.percentiles(),
            peak_memory_mb: peak_memory_mb(),
            trouble: status
                .source_error
                .clone()
                .or_else(|| status.trouble.clone()),
            source_error: status.source_error.clone(),
            steadiness: status.steadiness,
            faces: None,
        }
    }
}
