//! A pipeline and a store without threads, cameras or networks: they do as they are told and
//! remember what they were asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use vizard::app::pipeline_handle::PipelineHandle;
use vizard::app::style_store::StyleStore;
use vizard::domain::composition::{Composition, Outcome};
use vizard::domain::control::{
    Command, FrameCounts, PipelineStatus, RecordingState, SourceState, StyleStatus, UpscaleStatus,
};
use vizard::domain::face::{Steadiness, TrackState};
use vizard::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use vizard::domain::settings::{Engine, Settings, Strength, UpscaleNetwork};
use vizard::domain::style::{Style, StyleId};
use vizard::domain::timing::Percentiles;

/// What the engine holds.
pub(crate) struct State {
    pub(crate) commands: Vec<Command>,
    pub(crate) composition: Option<Arc<Composition>>,
    pub(crate) status: PipelineStatus,
}

/// An engine that two ends hold: the window and the test.
#[derive(Clone)]
pub(crate) struct FakePipeline(Arc<Mutex<State>>);

impl FakePipeline {
    /// An engine that shows `picture`.
    pub(crate) fn showing(picture: Picture) -> Self {
        Self::with(Some(picture))
    }

    /// An engine whose camera is still being opened.
    pub(crate) fn opening() -> Self {
        let engine = Self::with(None);
        engine.state().status.source = SourceState::Opening;
        engine
    }

    fn with(picture: Option<Picture>) -> Self {
        Self(Arc::new(Mutex::new(State {
            commands: Vec::new(),
            composition: picture.map(composition),
            status: calm_snapshot(),
        })))
    }

    /// What it holds.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The commands so far, in short.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut settings = Settings::default();
        let state = self.state();
        let commands = state.commands.iter();
        commands
            .flat_map(|command| in_short(command, &mut settings))
            .collect()
    }
}

/// What a command asks for, in short; of settings, those that differ from `before`.
fn in_short(command: &Command, before: &mut Settings) -> Vec<String> {
    vec![match command {
        Command::SetStyle(style) => format!("style {}", style.id),
        Command::SetSecondStyle(Some(style)) => format!("second style {}", style.id),
        Command::SetSecondStyle(None) => "no second style".to_owned(),
        Command::SetFit(shape) => format!("fit, chin at {:.0}", shape.0[8].y),
        Command::StartRecording(_) => "start recording".to_owned(),
        Command::StopRecording => "stop recording".to_owned(),
        Command::SaveStill(_) => "take snapshot".to_owned(),
        Command::Settings(now) => return changes(&std::mem::replace(before, *now), now),
    }]
}

/// What differs between settings, in short.
fn changes(before: &Settings, now: &Settings) -> Vec<String> {
    let words = |s: &Settings| {
        [
            format!("mix {:.2}", s.mix.get()),
            format!("colours {:?}", s.colours),
            format!("texture {:.2}", s.texture.get()),
            format!("strength {:.2}", s.strength.get()),
            format!("region {:?}", s.region),
            format!("when lost {:?}", s.when_lost),
            format!("only one {}", s.only_one),
            format!("quickness {:.2}", s.quickness.get()),
            format!("upscale {:?}", s.upscale),
            format!("engine {:?}", s.engine),
            format!("likeness {:.2}", s.likeness.get()),
            format!("shape {:.2}", s.shape.get()),
        ]
    };
    let pairs = words(before).into_iter().zip(words(now));
    pairs
        .filter(|(before, now)| before != now)
        .map(|(_, now)| now)
        .collect()
}

impl PipelineHandle for FakePipeline {
    fn send(&self, command: Command) {
        let mut state = self.state();
        match &command {
            Command::StartRecording(path) => {
                state.status.recording = RecordingState::Recording {
                    path: path.clone(),
                    elapsed: Duration::ZERO,
                    dropped: 0,
                };
            }
            Command::StopRecording => {
                state.status.recording = RecordingState::Saved {
                    path: PathBuf::from("/videos/vizard-20261123-101500.mp4"),
                    length: Duration::from_secs(12),
                };
            }
            Command::SaveStill(path) => state.status.still = Some(Ok(path.clone())),
            Command::SetStyle(style) => state.status.style.shown = Some(style.id.clone()),
            _ => {}
        }
        state.commands.push(command);
    }

    fn take_composition(&self) -> Option<Arc<Composition>> {
        self.state().composition.take()
    }

    fn status(&self) -> Option<PipelineStatus> {
        Some(self.state().status.clone())
    }
}

fn composition(picture: Picture) -> Arc<Composition> {
    Arc::new(Composition {
        frame: Arc::new(Frame {
            id: FrameId(0),
            shown_at: FrameTime::default(),
            captured_at: FrameTime(Duration::from_secs(1)),
            picture: Arc::new(picture),
        }),
        layers: Vec::new(),
        faces: Vec::new(),
        outcome: Outcome::Styled,
        styled_at: FrameTime::default(),
    })
}

/// A report of a run in which all is well.
fn calm_snapshot() -> PipelineStatus {
    let times = |p50: f32, p95: f32| Percentiles {
        p50,
        p95,
        p99: p95 * 1.3,
    };
    PipelineStatus {
        source: SourceState::Streaming {
            size: Size::new(1280, 720),
            fps: 30.0,
        },
        style: StyleStatus {
            shown: Some(StyleId("style-2".to_owned())),
            second: None,
            reference: Some(crate::scenery::reference()),
            preparing: None,
            trouble: None,
        },
        recording: RecordingState::Idle,
        still: None,
        faces: 1,
        tracking: TrackState::Locked,
        steadiness: Some(Steadiness {
            jitter_percent: 0.12,
            lag_frames: 0.4,
        }),
        fps: 27.6,
        latency_ms: times(34.0, 51.0),
        stages_ms: BTreeMap::from([
            ("align", times(0.6, 0.9)),
            ("capture", times(3.1, 4.4)),
            ("composite", times(3.4, 5.2)),
            ("detect", times(5.8, 8.9)),
            ("stylize", times(19.7, 24.8)),
            ("track", times(1.2, 1.9)),
        ]),
        provider: "CPU".to_owned(),
        provider_note: None,
        engine: Engine::Brush,
        upscale: UpscaleStatus::By(UpscaleNetwork::Small),
        frames: FrameCounts {
            captured: 1810,
            styled: 1702,
            held: 6,
            dropped: 102,
        },
        trouble: None,
        stopped: None,
        stalled: false,
    }
}

/// A catalogue on which every style but a `broken` one can be read.
pub(crate) struct FakeShelf;

impl FakeShelf {
    fn style(name: &str) -> Arc<Style> {
        let picture = Picture::filled(Size::new(64, 48), [200, 120, 40, 255]);
        let mut style = Style::of_picture(StyleId(name.to_owned()), name.to_owned(), picture);
        if name.contains("soft") {
            style.look.strength = Some(Strength::clamped(0.6));
        }
        Arc::new(style)
    }
}

impl StyleStore for FakeShelf {
    fn open(&mut self, id: &StyleId) -> Result<Arc<Style>, String> {
        Ok(Self::style(&id.0))
    }

    fn add_file(&mut self, path: &Path) -> Result<Arc<Style>, String> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if stem.contains("broken") {
            return Err(format!("{} is no picture.", path.display()));
        }
        Ok(Self::style(&stem))
    }

    fn add_picture(&mut self, _picture: Picture) -> Result<Arc<Style>, String> {
        Ok(Self::style("pasted"))
    }
}
