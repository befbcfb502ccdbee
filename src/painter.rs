//! [`Painter`]: the front door for other programs. Open it with one picture, then hand pictures in and take them painted.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use thiserror::Error;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::domain::frame::{FrameTime, Picture};
use crate::domain::lane::{Mode, Waited};
use crate::domain::settings::{ProviderChoice, Settings};
use crate::domain::timing::Clock;
use crate::inference::runtime::Places;
use crate::inference::store::ModelStore;
use crate::pipeline::networks::{NetworkChoice, Networks, NetworksError};
use crate::pipeline::{Pipeline, PipelineError, Start};
use crate::stages::capture::{CaptureError, FrameSource, Polled, SourceFrame, SourceInfo};
use crate::stages::composite::cpu::CpuCompositor;

/// Time between two pictures, as the tracker sees them.
const BETWEEN: Duration = Duration::from_millis(33);

/// How often a wait for a painted picture looks for the pipeline's end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Why a picture was not painted.
#[derive(Debug, Error)]
pub enum PainterError {
    /// The style picture cannot be used.
    #[error(transparent)]
    Style(#[from] CatalogueError),
    /// The networks do not open.
    #[error(transparent)]
    Networks(#[from] NetworksError),
    /// The pipeline does not start.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The pipeline ended.
    #[error("no more pictures are painted: {0}")]
    Ended(String),
}

/// Paints pictures after one reference. Pictures count as frames of one clip, 30 a second: faces are followed and
/// strokes carried along from one to the next.
#[derive(Debug)]
pub struct Painter {
    pictures: Sender<Picture>,
    pipeline: Pipeline,
    compositor: CpuCompositor,
}

impl Painter {
    /// Opens the built-in networks and prepares a style: any picture, or a `.vizstyle` file.
    pub fn open(style: &Path, settings: Settings) -> Result<Self, PainterError> {
        let style = Arc::new(Catalogue::from_path(style)?);
        let networks = Networks::open(&NetworkChoice {
            places: Places::of_this_process(None, true),
            store: ModelStore::BuiltIn,
            provider: ProviderChoice::Auto,
        })?;
        let (pictures, handed_in) = bounded(1);
        let source = HandedIn {
            pictures: handed_in,
            next: FrameTime::default(),
        };
        let pipeline = Pipeline::start(Start {
            source: Box::new(source),
            mode: Mode::Every,
            settings: style.look.on(settings),
            networks,
            style,
            second: None,
            catalogue: None,
            follow: None,
            clock: Clock::system(),
            wake: Arc::new(|| ()),
        })?;
        Ok(Self {
            pictures,
            pipeline,
            compositor: CpuCompositor::default(),
        })
    }

    /// Paints the next picture, sRGB; the result has its size.
    pub fn paint(&mut self, picture: Picture) -> Result<Picture, PainterError> {
        let ended = |pipeline: &Pipeline| {
            let why = pipeline.status().stopped;
            PainterError::Ended(why.unwrap_or_else(|| "the pipeline stopped".to_owned()))
        };
        self.pictures
            .send(picture)
            .map_err(|_unsent| ended(&self.pipeline))?;
        loop {
            match self.pipeline.wait_composition(PATIENCE) {
                Waited::Value(composition) => {
                    let mut painted = Picture::clone(&composition.frame.picture);
                    self.compositor.compose(&composition, &mut painted);
                    return Ok(painted);
                }
                Waited::TimedOut => {}
                Waited::Closed => return Err(ended(&self.pipeline)),
            }
        }
    }
}

/// Pictures that are handed in, as a source of frames.
struct HandedIn {
    pictures: Receiver<Picture>,
    next: FrameTime,
}

impl FrameSource for HandedIn {
    fn next(&mut self, limit: Duration) -> Result<Polled, CaptureError> {
        match self.pictures.recv_timeout(limit) {
            Ok(picture) => {
                let shown_at = self.next;
                self.next = FrameTime(shown_at.0 + BETWEEN);
                Ok(Polled::Frame(SourceFrame { picture, shown_at }))
            }
            Err(RecvTimeoutError::Timeout) => Ok(Polled::Waiting),
            Err(RecvTimeoutError::Disconnected) => Ok(Polled::Ended),
        }
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            what: "pictures handed in".to_owned(),
            size: None,
            fps: Some(30.0),
            frames: None,
            live: false,
        }
    }
}
