//! Thread "record": composes frames on the CPU and writes them, so that recording costs the screen
//! nothing and needs nothing read back from a graphics card.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::domain::composition::Composition;
use crate::domain::control::{Part, RecordingState};
use crate::domain::fault;
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::pictures::write_new_png;
use crate::pipeline::shared::Shared;
use crate::stages::composite::twin::CpuCompositor;
use crate::stages::record::{RecordOptions, Recorder};

/// How long the thread waits before it looks whether the pipeline stopped.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the thread is asked for.
pub(super) enum RecordJob {
    /// A composed frame: written if a recording runs or a still is wished.
    Frame(Arc<Composition>),
    /// Record from the next frame on.
    Start(PathBuf),
    /// Close the recording.
    Stop,
    /// Write the next frame as a picture.
    Still(PathBuf),
}

impl RecordingState {
    /// Counts a frame that the encoder had no time for, where one is being recorded.
    pub(super) fn count_dropped(&mut self) {
        if let Self::Recording { dropped, .. } = self {
            *dropped += 1;
        }
    }
}

/// A recording that was asked for.
enum Reel {
    Waiting(PathBuf),
    Running {
        recorder: Box<Recorder>,
        path: PathBuf,
        from: FrameTime,
    },
}

/// Writes until the last sender is gone, then closes what is open.
pub(super) fn run(shared: &Shared, jobs: &Receiver<RecordJob>) {
    let mut projector = Projector::default();
    let mut reel: Option<Reel> = None;
    let mut still: Option<PathBuf> = None;
    loop {
        let job = match jobs.recv_timeout(PATIENCE) {
            Ok(job) => job,
            // No more frames come, and somebody may still look at the window for a long time.
            Err(RecvTimeoutError::Timeout) if shared.stopping() => {
                close(shared, reel.take());
                continue;
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        fault::point(Part::Record.thread());
        match job {
            RecordJob::Start(path) if reel.is_none() => {
                begin(shared, &path);
                reel = Some(Reel::Waiting(path));
            }
            RecordJob::Start(_) => {}
            RecordJob::Stop => close(shared, reel.take()),
            RecordJob::Still(path) => still = Some(path),
            RecordJob::Frame(composition) => {
                if reel.is_none() && still.is_none() {
                    continue;
                }
                let picture = projector.picture_of(&composition);
                if let Some(path) = still.take() {
                    let written = write_new_png(&path, picture);
                    let told = written.map(|()| path).map_err(|error| error.to_string());
                    shared.update(|status| status.still = Some(told));
                }
                let frame = &composition.frame;
                reel = reel.and_then(|reel| write(shared, reel, picture, frame.captured_at));
            }
        }
        shared.wake();
    }
    close(shared, reel);
}

fn begin(shared: &Shared, path: &std::path::Path) {
    let state = RecordingState::Recording {
        path: path.to_path_buf(),
        elapsed: Duration::ZERO,
        dropped: 0,
    };
    shared.update(|status| status.recording = state);
}

/// Writes one frame; gives the reel back if it goes on.
fn write(shared: &Shared, reel: Reel, picture: &Picture, at: FrameTime) -> Option<Reel> {
    let (mut recorder, path, from) = match reel {
        Reel::Running {
            recorder,
            path,
            from,
        } => (recorder, path, from),
        Reel::Waiting(path) => {
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
    Some(Reel::Running {
        recorder,
        path,
        from,
    })
}

fn fail(shared: &Shared, path: PathBuf, why: &str) -> Option<Reel> {
    tracing::warn!(why, "the recording ended");
    let state = RecordingState::Failed {
        path,
        why: why.to_owned(),
    };
    shared.update(|status| status.recording = state);
    None
}

fn close(shared: &Shared, reel: Option<Reel>) {
    let state = match reel {
        None => return,
        Some(Reel::Waiting(_)) => RecordingState::Idle,
        Some(Reel::Running { recorder, path, .. }) => match recorder.finish() {
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

/// Composes into a picture that is kept.
struct Projector {
    compositor: CpuCompositor,
    canvas: Picture,
}

impl Default for Projector {
    fn default() -> Self {
        let canvas = Picture::filled(Size::new(1, 1), [0, 0, 0, 255]);
        Self {
            compositor: CpuCompositor::default(),
            canvas,
        }
    }
}

impl Projector {
    fn picture_of(&mut self, composition: &Composition) -> &Picture {
        if self.canvas.size() != composition.frame.size() {
            self.canvas = Picture::filled(composition.frame.size(), [0, 0, 0, 255]);
        }
        self.compositor.compose(composition, &mut self.canvas);
        &self.canvas
    }
}
