//! `vizard live`: the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use etcetera::home_dir;

use crate::app::catalogue_store::CatalogueStore;
use crate::app::gpu_canvas::GpuCanvas;
use crate::app::live_pipeline::LivePipeline;
use crate::app::pipeline_handle::Waker;
use crate::app::{self, AppConfig, has_display};
use crate::catalogue::Catalogue;
use crate::cli::cameras;
use crate::cli::interrupt;
use crate::cli::options::{NetworkArguments, PaintArguments, ShapeArguments, catalogue};
use crate::cli::output::{Failure, Output};
use crate::cli::render::{Job, render};
use crate::cli::source;
use crate::domain::lane::Mode;
use crate::domain::timing::Clock;
use crate::files::free_name;
use crate::pipeline::networks::Networks;
use crate::pipeline::{Pipeline, Start};
use crate::stages::capture::{
    self, CameraLimits, CaptureError, FrameSource, Looping, Paced, WhichCamera,
};

/// What is written where there is no display; a number is added where the name is taken.
const DEMO_OUTPUT: &str = "vizard-demo.mp4";

/// Arguments of `vizard live`.
#[derive(Debug, Clone, Args)]
pub(super) struct LiveArguments {
    /// A camera's number, a part of its name (see `vizard cameras`) or a path that leads to it
    #[arg(long, value_name = "N|NAME|PATH", conflicts_with = "input")]
    camera: Option<WhichCamera>,
    /// A clip, GIF, picture or folder of pictures in place of a camera, played in a loop
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    #[command(flatten)]
    pub(super) look: PaintArguments,
    #[command(flatten)]
    shape: ShapeArguments,
    #[command(flatten)]
    networks: NetworkArguments,
}

/// A source and, where it is not the one that was meant, why.
type Chosen = (Box<dyn FrameSource>, Option<String>);

pub(super) fn run(arguments: &LiveArguments, output: Output) -> Result<(), Failure> {
    let catalogue = catalogue();
    let style = arguments.look.style(&catalogue)?;
    let second = arguments.look.second(&catalogue)?;
    if !has_display() {
        return without_display(arguments, output);
    }
    let clock = Clock::system();
    let (source, note) = choose_source(arguments, &clock)?;
    if let Some(note) = &note {
        output.note(note);
    }
    let settings = arguments.look.settings(&style);
    let note = with_refused(note, &catalogue);
    let networks = Networks::open(&arguments.networks.choice())?;
    let waker = Waker::default();
    let wake = waker.clone();
    let store = CatalogueStore::new(catalogue.clone());
    let config = AppConfig {
        settings,
        styles: store.cards(),
        style: Some(style.id.clone()),
        second: second.as_ref().map(|style| style.id.clone()),
        videos_dir: videos_folder(),
        note,
        clock: clock.clone(),
        should_close: interrupt::is_asked,
    };
    let pipeline = Pipeline::start(Start {
        source,
        mode: Mode::Newest,
        networks,
        style,
        second,
        catalogue: Some(catalogue),
        settings,
        follow: None,
        clock: clock.clone(),
        wake: Arc::new(move || wake.wake()),
    })?;
    let pipeline = LivePipeline::new(pipeline, clock);
    let to_wake = waker.clone();
    interrupt::watch(move || to_wake.wake());
    Ok(app::run(
        config,
        pipeline,
        Box::new(GpuCanvas::make),
        store,
        &waker,
    )?)
}

/// The note for the start, with the style files that cannot be used.
fn with_refused(note: Option<String>, catalogue: &Catalogue) -> Option<String> {
    let lines: Vec<String> = note.into_iter().chain(catalogue.refused()).collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

/// The file that was named, else the camera, else the demo.
fn choose_source(arguments: &LiveArguments, clock: &Clock) -> Result<Chosen, Failure> {
    if let Some(path) = arguments.input.clone() {
        let shape = arguments.shape.clone();
        let endless = Looping::new(move || source::file(&path, &shape))?;
        return Ok((Box::new(Paced::new(endless, clock.clone())), None));
    }
    match open_camera(arguments, clock) {
        Ok(camera) => Ok((camera, None)),
        Err(error) if arguments.camera.is_some() => Err(error.into()),
        Err(error) => {
            let demo = Paced::new(source::endless_demo()?, clock.clone());
            let note = format!("No camera: {error}. The demo clip plays in its place.");
            Ok((Box::new(demo), Some(note)))
        }
    }
}

fn open_camera(
    arguments: &LiveArguments,
    clock: &Clock,
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let wish = cameras::wish(arguments.camera.as_ref(), &arguments.shape);
    let camera = capture::open_camera(&wish, CameraLimits::default(), clock.clone())?;
    Ok(Box::new(camera))
}

/// Shows what Vizard does by writing the demo (or the input) to a file.
fn without_display(arguments: &LiveArguments, output: Output) -> Result<(), Failure> {
    if let Some(camera) = &arguments.camera {
        return Err(Failure::new(format!(
            "there is no display to show {camera} on; `vizard cameras --test` tries a camera \
             without one, `vizard render` writes a file"
        )));
    }
    let target = free_name(Path::new(DEMO_OUTPUT))
        .map_err(|why| Failure::new(format!("{DEMO_OUTPUT} cannot be written: {why}")))?;
    let name = target.display();
    output.note(&format!(
        "There is no display, so no window: writing {name} instead."
    ));
    let source = match &arguments.input {
        Some(path) => source::file(path, &arguments.shape)?,
        None => source::demo()?,
    };
    let catalogue = catalogue();
    let style = arguments.look.style(&catalogue)?;
    let report = render(
        Job {
            source,
            networks: Networks::open(&arguments.networks.choice())?,
            second: arguments.look.second(&catalogue)?,
            settings: arguments.look.settings(&style),
            style,
            catalogue,
            output: target.clone(),
            replaces: false,
        },
        output,
    )?;
    let text = format!("{name}: {} frames styled\n", report.frames.styled);
    output.report(
        &serde_json::json!({ "output": target, "frames": report.frames }),
        &text,
    );
    Ok(())
}

/// Where recordings and snapshots go: `Vizard` in the person's folder for videos.
fn videos_folder() -> PathBuf {
    #[cfg(target_os = "linux")]
    let named = xdg_user::videos().ok().flatten();
    #[cfg(not(target_os = "linux"))]
    let named = None;
    let videos = named.or_else(|| home_dir().ok().map(|home| home.join("Videos")));
    videos.unwrap_or_default().join("Vizard")
}
