//! Thread "record": composes frames on the CPU and writes them. Recording thus takes no time from the
//! screen and needs no read-back from a graphics card.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select};

use crate::domain::composition::Composition;
use crate::domain::control::{Part, RecordingState};
use crate::domain::fault;
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::pictures::write_new_png;
use crate::pipeline::shared::Shared;
use crate::stages::composite::cpu::CpuCompositor;
use crate::stages::record::{RecordOptions, Recorder};

/// Interval at which the waiting thread checks whether the pipeline stopped.
const PATIENCE: Duration = Duration::from_millis(300);

/// A request to the recorder thread.
pub(super) enum RecordRequest {
    /// Record from the next frame on.
    Start(PathBuf),
    /// Close the recording.
    Stop,
    /// Write the next frame as a picture.
    Still(PathBuf),
}

impl RecordingState {
    /// Counts a frame that the encoder had no time for, if a recording is active.
    pub(super) fn count_dropped(&mut self) {
        if let Self::Recording { dropped, .. } = self {
            *dropped += 1;
        }
    }
}

/// A requested recording.
enum ActiveRecording {
    Waiting(PathBuf),
    Running {
        recorder: Box<Recorder>,
        path: PathBuf,
        from: FrameTime,
    },
}

/// Writes composed frames until the senders are dropped, then closes open files. Requests have their own
/// channel, so the window never blocks on a full one.
pub(super) fn run(
    shared: &Shared,
    requests: &Receiver<RecordRequest>,
    frames: &Receiver<Arc<Composition>>,
) {
    let mut recording = Recording::default();
    let (mut requests, mut frames) = (requests.clone(), frames.clone());
    let mut open = 2;
    while open > 0 {
        select! {
            recv(requests) -> request => match request {
                Ok(request) => recording.obey(shared, request, &frames),
                Err(_gone) => (requests, open) = (never(), open - 1),
            },
            recv(frames) -> frame => match frame {
                Ok(frame) => recording.take(shared, &frame),
                Err(_gone) => (frames, open) = (never(), open - 1),
            },
            // No more frames come, although the window may stay open for a long time.
            default(PATIENCE) => if shared.stopping() {
                close(shared, recording.active.take());
            },
        }
    }
    close(shared, recording.active);
}

/// The active recording and pending requests.
#[derive(Default)]
struct Recording {
    composer: FrameComposer,
    active: Option<ActiveRecording>,
    still: Option<PathBuf>,
}

impl Recording {
    /// Carries out a request; `frames` are the frames still queued.
    fn obey(
        &mut self,
        shared: &Shared,
        request: RecordRequest,
        frames: &Receiver<Arc<Composition>>,
    ) {
        match request {
            RecordRequest::Start(path) if self.active.is_none() => {
                begin(shared, &path);
                self.active = Some(ActiveRecording::Waiting(path));
            }
            RecordRequest::Start(_) => {}
            RecordRequest::Stop => {
                // They were shown before the request.
                let waiting = frames.len();
                frames
                    .try_iter()
                    .take(waiting)
                    .for_each(|frame| self.take(shared, &frame));
                close(shared, self.active.take());
            }
            RecordRequest::Still(path) => self.still = Some(path),
        }
        shared.wake();
    }

    /// Writes a composed frame if a recording or a still is requested.
    fn take(&mut self, shared: &Shared, composition: &Composition) {
        fault::point(Part::Record.thread());
        if self.active.is_none() && self.still.is_none() {
            return;
        }
        let picture = self.composer.picture_of(composition);
        if let Some(path) = self.still.take() {
            let written = write_new_png(&path, picture);
            let told = written.map(|()| path).map_err(|error| error.to_string());
            shared.update(|status| status.still = Some(told));
        }
        let at = composition.frame.captured_at;
        self.active = self
            .active
            .take()
            .and_then(|active| write(shared, active, picture, at));
        shared.wake();
    }
}

fn begin(shared: &Shared, path: &std::path::Path) {
    let state = RecordingState::Recording {
        path: path.to_path_buf(),
        elapsed: Duration::ZERO,
        dropped: 0,
    };
    shared.update(|status| status.recording = state);
}

/// Writes one frame; returns the recording if it continues.
fn write(
    shared: &Shared,
    active: ActiveRecording,
    picture: &Picture,
    at: FrameTime,
) -> Option<ActiveRecording> {
    let (mut recorder, path, from) = match active {
        ActiveRecording::Running {
            recorder,
            path,
            from,
        } => (recorder, path, from),
        ActiveRecording::Waiting(path) => {
            match Recorder::start(&path, picture.size(), RecordOptions::default()) {
                Ok(recorder) => (Box::new(recorder), path, at),
                Err(error) => return fail(shared, path, &error.to_string()),
            }
        }
    };
    let clock = &shared.clock;
    let pushed = shared
        .timings
        .measure(clock, "encode_video", || recorder.push(picture, at));
    if let Err(error) = pushed {
        return fail(shared, path, &error.to_string());
    }
    let now = at.since(from);
    shared.update(|status| {
        if let RecordingState::Recording { elapsed, .. } = &mut status.recording {
            *elapsed = now;
        }
    });
    Some(ActiveRecording::Running {
        recorder,
        path,
        from,
    })
}

fn fail(shared: &Shared, path: PathBuf, why: &str) -> Option<ActiveRecording> {
    tracing::warn!(why, "the recording ended");
    let state = RecordingState::Failed {
        path,
        why: why.to_owned(),
    };
    shared.update(|status| status.recording = state);
    None
}

fn close(shared: &Shared, active: Option<ActiveRecording>) {
    let state = match active {
        None => return,
        Some(ActiveRecording::Waiting(_)) => RecordingState::Idle,
        Some(ActiveRecording::Running { recorder, path, .. }) => match recorder.finish() {
            Ok(recorded) => RecordingState::Saved {
                path,
                length: recorded.length,
            },
            Err(error) => RecordingState::Failed {
                path,
                why: error.to_string(),
            },
        },
    };
    shared.update(|status| status.recording = state);
    shared.wake();
}

/// Composes into a reused picture.
struct FrameComposer {
    compositor: CpuCompositor,
    canvas: Picture,
}

impl Default for FrameComposer {
    fn default() -> Self {
        let canvas = Picture::filled(Size::new(1, 1), [0, 0, 0, 255]);
        Self {
            compositor: CpuCompositor::default(),
            canvas,
        }
    }
}

impl FrameComposer {
    fn picture_of(&mut self, composition: &Composition) -> &Picture {
        if self.canvas.size() != composition.frame.size() {
            self.canvas = Picture::filled(composition.frame.size(), [0, 0, 0, 255]);
        }
        self.compositor.compose(composition, &mut self.canvas);
        &self.canvas
    }
}
