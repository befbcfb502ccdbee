//! [`Pipeline`]: the threads and lanes between the stages; the only place that knows their order.
//!
//! ```text
//!  source ─▶ capture ═▶ vision ═▶ styling ═▶ (window, or a file's writer)
//!            "capture"  "vision"  "styling" └▶ "record"
//!                                     ▲ codes
//!                                  "encode" ◀─ styles
//! ```
//!
//! `═▶` is a [`lane`]: live, the newest value wins; for a file, every value counts.

// Opens the networks.
pub mod networks;

// The face networks, and the tracker that calls them.
pub mod perception;

// State shared between the threads: settings, counts, states.
mod shared;

// Recent errors.
mod troubles;

// Catches and reports panics in threads.
mod supervisor;

// Thread "capture".
mod capture_thread;

// Thread "vision".
mod vision;

// Thread "styling".
mod styling;

// How much of the picture the available time allows to paint.
mod breadth;

// One crop, from the photo to the shown picture.
mod crop_painter;

// A reference picture → its style code, its face and its exemplar.
mod reference;

// Finds the face in a reference.
pub mod reference_face;
// Chooses the network that enlarges styled heads, within the time budget.
mod super_resolution;

// Thread "encode".
mod encoding;

// Thread "record".
mod recording;

// Summary of a run, for people and machines.
pub mod report;

// Start-up errors, and the window's wake-up callback.
mod error;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};

use crate::catalogue::Catalogue;
use crate::domain::composition::Composition;
use crate::domain::control::{Command, Part, PipelineStatus, StyleStatus};
use crate::domain::face::BoundingBox;
use crate::domain::lane::{LaneReceiver, Mode, Waited, lane};
use crate::domain::settings::Settings;
use crate::domain::style::Style;
use crate::domain::timing::Clock;
use crate::pipeline::encoding::{Encoding, StyleRequest};
pub use crate::pipeline::error::{PipelineError, Waker};
use crate::pipeline::networks::Networks;
use crate::pipeline::recording::RecordRequest;
use crate::pipeline::reference::ReferenceReader;
use crate::pipeline::shared::Shared;
use crate::pipeline::supervisor::supervise;
use crate::stages::capture::FrameSource;

/// Capacity of each thread's request queue; further requests are refused and logged.
const COMMANDS: usize = 32;

/// Maximum number of composed frames that wait for the encoder.
const RECORD_DEPTH: usize = 8;

/// Everything needed to start a pipeline.
pub struct Start {
    /// The source of frames.
    pub source: Box<dyn FrameSource>,
    /// Live, or every frame of a file.
    pub mode: Mode,
    /// The open networks.
    pub networks: Networks,
    /// The first style.
    pub style: Arc<Style>,
    /// The style to mix in, if any.
    pub second: Option<Arc<Style>>,
    /// Stores the codes of styles, which saves making them at the next start.
    pub catalogue: Option<Catalogue>,
    /// The settings.
    pub settings: Settings,
    /// Tracks the content of this box in the first frame instead of faces.
    pub follow: Option<BoundingBox>,
    /// The clock of all timestamps.
    pub clock: Clock,
    /// Wakes the window.
    pub wake: Waker,
}

/// The running threads, from the source to composed frames.
pub struct Pipeline {
    shared: Arc<Shared>,
    compositions: LaneReceiver<Arc<Composition>>,
    styles: Sender<StyleRequest>,
    record: Sender<RecordRequest>,
    /// In pipeline order.
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pipeline({} threads)", self.threads.len())
    }
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start")
            .field("source", &self.source.describe())
            .field("mode", &self.mode)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Pipeline {
    /// Prepares the styles, unless their codes are known, and starts all threads.
    pub fn start(start: Start) -> Result<Self, PipelineError> {
        let Start {
            mut source,
            mode,
            networks,
            style,
            second,
            catalogue,
            settings,
            follow,
            clock,
            wake,
        } = start;
        let status = StyleStatus::of(&style, second.as_deref());
        let shared = Arc::new(Shared::new(clock, mode, settings, &networks, status, wake));
        let reader = ReferenceReader::new(networks.encoder, networks.reference_eyes);
        let first = (&style, second.as_ref());
        let mut encoding = Encoding::start(reader, catalogue, first, settings.texture)?;
        let reference = encoding.styles().reference();
        shared.update(|status| status.style.reference = Some(reference));
        let (frames_in, frames_out) = lane(mode);
        let (seen_in, seen_out) = lane(mode);
        let (compositions_in, compositions) = lane(mode);
        let (styles, style_wishes) = bounded(COMMANDS);
        let (record, record_requests) = bounded(COMMANDS);
        let (frames_to_record, recorded_frames) = bounded(RECORD_DEPTH);
        let mut vision = vision::Vision::new(Arc::clone(&shared), networks.face_models, follow);
        let super_resolution =
            super_resolution::SuperResolution::new(networks.upscalers, mode, shared.clock.clone());
        let of_styling = Arc::clone(&shared);
        let (stylizer, in_use) = (networks.stylizer, encoding.styles().clone());
        let mut styling =
            styling::Styling::new(of_styling, stylizer, super_resolution, in_use, mode);
        let of = || Arc::clone(&shared);
        let (at_source, at_encoder, at_recorder) = (of(), of(), of());
        let mut next_id = 0;
        let threads = vec![
            supervise(of(), Part::Capture, move |_| {
                capture_thread::run(&at_source, &mut *source, &frames_in, &mut next_id);
            })?,
            supervise(of(), Part::Vision, move |begin| {
                vision.run(begin, &frames_out, &seen_in);
            })?,
            supervise(of(), Part::Styling, move |begin| {
                styling.run(begin, &seen_out, &compositions_in, &frames_to_record);
            })?,
            supervise(of(), Part::Encode, move |_| {
                encoding.run(&at_encoder, &style_wishes);
            })?,
            supervise(of(), Part::Record, move |_| {
                recording::run(&at_recorder, &record_requests, &recorded_frames);
            })?,
        ];
        Ok(Self {
            shared,
            compositions,
            styles,
            record,
            threads,
        })
    }

    /// Sends a command; never blocks.
    pub fn send(&self, command: Command) {
        let refused = match command {
            Command::SetStyle(style) => {
                self.shared
                    .update(|status| status.style.preparing = Some(style.id.clone()));
                self.ask_encoder(StyleRequest::First(style))
            }
            Command::SetSecondStyle(style) => self.ask_encoder(StyleRequest::Second(style)),
            Command::Settings(settings) => self.shared.set(settings),
            Command::SetFit(shape) => self.ask_encoder(StyleRequest::Fit(shape)),
            Command::StartRecording(path) => self.ask_recorder(RecordRequest::Start(path)),
            Command::StopRecording => self.ask_recorder(RecordRequest::Stop),
            Command::SaveStill(path) => self.ask_recorder(RecordRequest::Still(path)),
        };
        if refused {
            self.shared
                .trouble("too much was asked at once; try again".into());
        }
    }

    /// Whether `part` failed for good and cannot serve a request; reports it if so.
    fn is_off(&self, part: Part) -> bool {
        let off = self.shared.is_given_up(part);
        if off {
            let words = part.label();
            self.shared.update(|status| status.style.preparing = None);
            self.shared.trouble(format!(
                "{words} failed and is off. Start Vizard anew to use it."
            ));
        }
        off
    }

    /// Returns whether the encoder's queue was full.
    fn ask_encoder(&self, wish: StyleRequest) -> bool {
        !self.is_off(Part::Encode)
            && matches!(self.styles.try_send(wish), Err(TrySendError::Full(_)))
    }

    /// Returns whether the recorder's queue was full.
    fn ask_recorder(&self, request: RecordRequest) -> bool {
        !self.is_off(Part::Record) && self.record.try_send(request).is_err()
    }

    /// Returns the newest composed frame, if one arrived since the last call. Never blocks.
    pub fn take_composition(&self) -> Option<Arc<Composition>> {
        self.compositions.take()
    }

    /// Waits at most `limit` for a composed frame.
    pub fn wait_composition(&self, limit: Duration) -> Waited<Arc<Composition>> {
        self.compositions.wait(limit)
    }

    /// Records that `composition` was presented now; this ends its latency measurement.
    pub fn presented(&self, composition: &Composition) {
        self.shared.presented(composition);
    }

    /// Measures the caller's work as a stage, e.g. the compositing.
    pub fn measure<T>(&self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        self.shared.timings.measure(&self.shared.clock, stage, work)
    }

    /// Aborts the run with a reason, which the report contains.
    pub fn fail(&self, why: String) {
        self.shared.fail(why);
    }

    /// The current status.
    pub fn status(&self) -> PipelineStatus {
        self.shared.summary()
    }

    /// Stops every thread, closes a recording, and returns a report of the run.
    pub fn stop(self) -> report::RunReport {
        let Self {
            shared,
            compositions,
            styles,
            record,
            threads,
        } = self;
        shared.stop();
        drop((compositions, styles));
        // The recorder ends when the last sender is dropped; its file is then complete.
        drop(record);
        for thread in threads {
            let name = thread.thread().name().unwrap_or("?").to_owned();
            // The supervisor catches panics, so `join` does not fail in practice.
            if thread.join().is_err() {
                tracing::error!(thread = name, "a thread ended in a panic");
            }
        }
        shared.report()
    }
}
