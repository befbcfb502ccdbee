//! [`Shared`]: the small values that every thread reads or counts. It holds no stage and no frame; locks
//! are held only for a copy.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::composition::{Composition, Outcome};
use crate::domain::control::{
    FrameCounts, Part, PipelineStatus, RecordingState, SourceState, StyleStatus, UpscaleStatus,
};
use crate::domain::face::{Steadiness, TrackState};
use crate::domain::frame::{FrameTime, Size};
use crate::domain::lane::Mode;
use crate::domain::settings::{Region, Settings};
use crate::domain::timing::{Clock, Samples, StageTimings};
use crate::inference::model::ModelReport;
use crate::pipeline::error::Waker;
use crate::pipeline::networks::Networks;
use crate::pipeline::report::{FrameTotals, RunReport, peak_memory_mb};
use crate::pipeline::troubles::Troubles;

/// Window over which the displayed rates are measured.
const RATE_WINDOW: Duration = Duration::from_secs(2);

/// A run is reported as stalled if frames arrive but no picture is finished for this long.
const STALL: Duration = Duration::from_secs(3);

/// Number of newest samples in the displayed statistics: a few seconds' worth.
const RECENT: usize = 120;

/// Timestamps of recent events.
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

    /// The rate at `now`; it falls to 0 when ticks stop.
    fn per_second(&self, now: FrameTime) -> f32 {
        let recent = |time: &&FrameTime| now.since(**time) <= RATE_WINDOW;
        let mut times = self.times.iter().filter(recent);
        let count = times.clone().count();
        let (Some(first), Some(last)) = (times.next(), self.times.back()) else {
            return 0.0;
        };
        let secs = last.since(*first).as_secs_f32();
        if secs > 0.0 {
            (count - 1) as f32 / secs
        } else {
            0.0
        }
    }
}

/// Everything that changes while the pipeline runs.
#[derive(Debug)]
pub(super) struct Status {
    /// The region being painted.
    pub(super) region: Region,
    pub(super) source: SourceState,
    pub(super) style: StyleStatus,
    pub(super) recording: RecordingState,
    pub(super) still: Option<Result<std::path::PathBuf, String>>,
    pub(super) frames: FrameCounts,
    troubles: Troubles,
    pub(super) tracking: TrackState,
    pub(super) steadiness: Option<Steadiness>,
    /// Networks opened after the start; at most one of each kind.
    opened: Vec<ModelReport>,
    upscale: UpscaleStatus,
    /// Styled frames by what enlarged their faces.
    upscaled: BTreeMap<UpscaleStatus, u64>,
    faces: usize,
    captured: Rate,
    /// When the last frame was composed.
    composed: Option<FrameTime>,
    presented: Rate,
    latency: Samples,
    first_presented: Option<FrameTime>,
    last_presented: Option<FrameTime>,
    presented_count: u64,
    /// Why the run ended early, in plain sentences.
    failure: Option<String>,
    /// Parts that failed for good.
    given_up: Vec<Part>,
}

/// State shared by all threads of one pipeline.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) timings: StageTimings,
    pub(super) mode: Mode,
    status: Mutex<Status>,
    settings: Mutex<Settings>,
    stop: AtomicBool,
    /// Time that painting the last frame took, microseconds.
    painting: AtomicU64,
    models: Vec<ModelReport>,
    provider_note: Option<String>,
    wake: Waker,
}

impl Shared {
    pub(super) fn new(
        clock: Clock,
        mode: Mode,
        settings: Settings,
        networks: &Networks,
        style: StyleStatus,
        wake: Waker,
    ) -> Self {
        let status = Status {
            region: settings.region,
            source: SourceState::Opening,
            style,
            recording: RecordingState::Idle,
            still: None,
            frames: FrameCounts::default(),
            troubles: Troubles::default(),
            tracking: TrackState::Searching,
            steadiness: None,
            opened: Vec::new(),
            upscale: UpscaleStatus::default(),
            upscaled: BTreeMap::new(),
            faces: 0,
            captured: Rate::default(),
            composed: None,
            presented: Rate::default(),
            latency: Samples::default(),
            first_presented: None,
            last_presented: None,
            presented_count: 0,
            failure: None,
            given_up: Vec::new(),
        };
        Self {
            clock,
            timings: StageTimings::default(),
            mode,
            status: Mutex::new(status),
            settings: Mutex::new(settings),
            stop: AtomicBool::new(false),
            painting: AtomicU64::new(0),
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

    /// Replaces the settings. There is always room, so it never refuses.
    pub(super) fn set(&self, settings: Settings) -> bool {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
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

    /// Reports a worker's error for a limited time.
    pub(super) fn trouble(&self, why: String) {
        self.note(why, false);
    }

    /// Reports an error that lasts until Vizard restarts.
    pub(super) fn lasting_trouble(&self, why: String) {
        self.note(why, true);
    }

    fn note(&self, why: String, lasts: bool) {
        let now = self.clock.now();
        let logged = why.clone();
        if self.status().troubles.note(why, lasts, now) {
            tracing::error!(why = logged, "a stage failed");
        }
    }

    /// A stage failed on a frame. Live, the picture continues, covered while a face may be exposed; a file
    /// is aborted, since its frames would not be what was requested. Returns whether it is aborted.
    pub(super) fn stage_failed(&self, why: String) -> bool {
        let for_a_file = self.mode == Mode::Every;
        if for_a_file {
            self.fail(why);
        } else {
            self.trouble(why);
        }
        for_a_file
    }

    /// Ends the run early, not because the source ended; frames in flight are still written to a file. The
    /// first reason is kept.
    pub(super) fn fail(&self, why: String) {
        self.status().failure.get_or_insert(why);
        if self.mode == Mode::Newest {
            self.stop();
        }
        self.wake();
    }

    /// A panic interrupted the work of `part`, which restarts.
    pub(super) fn begin_again(&self, part: Part, why: &str) {
        tracing::warn!(why, part = part.thread(), "a part is started again");
        let words = part.label();
        self.lose_recording(part, why);
        self.update(|status| status.style.preparing = None);
        self.trouble(format!("{words} failed ({why}) and was started again."));
        self.wake();
    }

    /// A panic ended the work of `part` for good.
    pub(super) fn give_up(&self, part: Part, why: &str) {
        let words = part.label();
        self.lose_recording(part, why);
        self.update(|status| {
            status.given_up.push(part);
            status.style.preparing = None;
        });
        if part.is_vital() || self.mode == Mode::Every {
            self.fail(format!("{words} failed ({why})"));
        } else {
            self.lasting_trouble(format!(
                "{words} failed again ({why}) and is off. Start Vizard anew to use it."
            ));
        }
        self.wake();
    }

    /// Whether `part` failed for good.
    pub(super) fn is_given_up(&self, part: Part) -> bool {
        self.status().given_up.contains(&part)
    }

    /// Marks the recording as failed: it ends with its thread, but what was written stays.
    fn lose_recording(&self, part: Part, why: &str) {
        self.update(|status| {
            if part == Part::Record
                && let RecordingState::Recording { path, .. } = &status.recording
            {
                status.recording = RecordingState::Failed {
                    path: path.clone(),
                    why: format!("The recorder failed ({why}). What was written before plays."),
                };
            }
        });
    }

    /// Adds networks that were opened after the start.
    pub(super) fn opened(&self, networks: Vec<ModelReport>) {
        if !networks.is_empty() {
            self.status().opened.extend(networks);
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
        let fps = status.captured.per_second(now);
        status.source = SourceState::Streaming { size, fps };
    }

    /// Stores the time that painting a frame took.
    pub(super) fn painted_in(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.painting.store(micros, Ordering::Relaxed);
    }

    /// The time that painting the last frame took.
    pub(super) fn painting_took(&self) -> Duration {
        Duration::from_micros(self.painting.load(Ordering::Relaxed))
    }

    /// Sets the painted region, given the requested one, and reports a change.
    pub(super) fn paints(&self, wished: Region, region: Region) {
        let mut status = self.status();
        let before = std::mem::replace(&mut status.region, region);
        if before != region && wished != region {
            tracing::info!("there is no time to paint the whole picture");
            drop(status);
            self.trouble(
                "There is no time to paint the whole picture on this machine, so the heads alone are \
                 painted. A smaller picture (--size) or coarser heads (--crop 256) leave more time."
                    .to_owned(),
            );
        }
    }

    /// Counts a composed frame.
    pub(super) fn composed(&self, composition: &Composition) {
        let now = self.clock.now();
        let mut status = self.status();
        status.composed = Some(now);
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

    pub(super) fn summary(&self) -> PipelineStatus {
        let stages_ms = self.timings.summary_of(RECENT);
        let now = self.clock.now();
        let status = self.status();
        let streaming = matches!(status.source, SourceState::Streaming { .. });
        let still = status.composed.is_some_and(|at| now.since(at) > STALL);
        PipelineStatus {
            source: status.source.clone(),
            style: status.style.clone(),
            recording: status.recording.clone(),
            still: status.still.clone(),
            faces: status.faces,
            tracking: status.tracking,
            steadiness: status.steadiness,
            engine: self.settings().engine,
            upscale: status.upscale,
            fps: status.presented.per_second(now),
            latency_ms: status.latency.percentiles_of(RECENT),
            stages_ms,
            provider: self
                .models
                .last()
                .map(|m| m.provider.to_string())
                .unwrap_or_default(),
            provider_note: self.provider_note.clone(),
            frames: status.frames,
            trouble: status.troubles.now(now).map(str::to_owned),
            stopped: status.failure.clone(),
            stalled: streaming && still,
        }
    }

    /// Makes the run's report.
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
            engine: self.settings().engine,
            region: status.region,
            upscaled: status
                .upscaled
                .iter()
                .map(|(by, frames)| (by.label(), *frames))
                .collect(),
            fps: if span > 0.0 { intervals / span } else { 0.0 },
            stages_ms: self.timings.summary(),
            latency_ms: status.latency.percentiles(),
            peak_memory_mb: peak_memory_mb(),
            trouble: status
                .failure
                .clone()
                .or_else(|| status.troubles.latest().map(str::to_owned)),
            failure: status.failure.clone(),
            steadiness: status.steadiness,
            faces: None,
        }
    }
}
