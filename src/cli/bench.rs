//! `vizard bench`: every stage on the built-in demo.
//!
//! Two runs on frames that are decoded beforehand. The first hands frames over as fast as they are
//! taken and counts finished pictures a second. The second plays them at 30 frames a second, the
//! newest wins, and measures from capture to finished picture, as in the window.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::options::{NetworkArguments, PaintArguments, catalogue};
use crate::cli::output::{Failure, Output};
use crate::cli::render::compose;
use crate::cli::source;
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::{Mode, Waited};
use crate::domain::settings::Upscale;
use crate::domain::timing::Clock;
use crate::pipeline::networks::Networks;
use crate::pipeline::report::RunReport;
use crate::pipeline::{Pipeline, Start};
use crate::stages::capture::{CaptureError, FrameSource, Paced, Polled, SourceFrame, SourceInfo};
use crate::stages::composite::cpu::CpuCompositor;

/// Decoded frames that are kept; played forth and back.
const KEPT_FRAMES: usize = 45;

/// Frames a second of the second run.
const LIVE_FPS: u32 = 30;

/// Arguments of `vizard bench`.
#[derive(Debug, Clone, Args)]
pub(super) struct BenchArguments {
    /// How long each of the two runs lasts
    #[arg(long, value_name = "SECONDS", default_value = "5",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    #[command(flatten)]
    look: PaintArguments,
    #[command(flatten)]
    networks: NetworkArguments,
}

/// What was measured. `fps` is that of the first run, `latency_ms` that of the second.
#[derive(Debug, Serialize)]
struct BenchReport {
    #[serde(flatten)]
    run: RunReport,
    /// From the start of the program's work to the first finished picture, milliseconds.
    first_frame_ms: f32,
    /// Finished pictures a second in the second run, which offers 30.
    live_fps: f32,
    /// Frames that the second run left out.
    live_dropped: u64,
    size: String,
    crop: u32,
    cores: usize,
}

pub(super) fn run(arguments: &BenchArguments, output: Output) -> Result<(), Failure> {
    let clock = Clock::system();
    let frames = decoded()?;
    let size = frames
        .first()
        .map(|p| p.size())
        .ok_or_else(|| Failure::new("the demo is empty"))?;
    let length = Duration::from_secs(arguments.seconds);
    output.note("Measuring throughput, then latency at 30 frames a second…");
    let throughput = measure(
        arguments,
        &clock,
        Film::new(&frames, 0),
        Mode::Every,
        length,
    )?;
    let film = Film::new(&frames, LIVE_FPS);
    let live = measure(
        arguments,
        &clock,
        Paced::new(film, clock.clone()),
        Mode::Newest,
        length,
    )?;
    let mut run = throughput.report;
    run.latency_ms = live.report.latency_ms;
    run.peak_memory_mb = live.report.peak_memory_mb;
    run.upscaled = live.report.upscaled;
    let report = BenchReport {
        run,
        first_frame_ms: throughput.first_frame.as_secs_f32() * 1e3,
        live_fps: live.report.fps,
        live_dropped: live.report.frames.dropped,
        size: size.to_string(),
        crop: arguments.look.crop_side().get(),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
    };
    output.report(&report, &text(&report));
    Ok(())
}

struct Measured {
    report: RunReport,
    first_frame: Duration,
}

fn measure(
    arguments: &BenchArguments,
    clock: &Clock,
    source: impl FrameSource + 'static,
    mode: Mode,
    length: Duration,
) -> Result<Measured, Failure> {
    let began = clock.now();
    let catalogue = catalogue();
    let style = arguments.look.style(&catalogue)?;
    let mut settings = arguments.look.settings(&style);
    if mode == Mode::Every && settings.upscale == Upscale::Auto {
        // A file's frames have all the time they need; the throughput of a live picture is asked.
        settings.upscale = Upscale::Off;
    }
    let pipeline = Pipeline::start(Start {
        source: Box::new(source),
        mode,
        networks: Networks::open(&arguments.networks.choice())?,
        second: arguments.look.second(&catalogue)?,
        settings,
        style,
        catalogue: Some(catalogue),
        follow: None,
        clock: clock.clone(),
        wake: Arc::new(|| ()),
    })?;
    let mut compositor = CpuCompositor::default();
    let mut canvas = Picture::filled(Size::new(1, 1), [0, 0, 0, 255]);
    let mut first: Option<FrameTime> = None;
    loop {
        match pipeline.wait_composition(Duration::from_millis(500)) {
            Waited::Value(composition) => {
                pipeline.measure("composite", || {
                    compose(&mut compositor, &composition, &mut canvas);
                });
                pipeline.presented(&composition);
            }
            Waited::TimedOut => {}
            Waited::Closed => break,
        }
        let start = *first.get_or_insert_with(|| clock.now());
        if clock.now().since(start) >= length {
            break;
        }
    }
    let first_frame = first.unwrap_or_default().since(began);
    let mut report = pipeline.stop();
    if let Some(why) = report.failure.take() {
        return Err(Failure::new(why));
    }
    Ok(Measured {
        report,
        first_frame,
    })
}

/// The demo's first frames.
fn decoded() -> Result<Vec<Arc<Picture>>, CaptureError> {
    let mut demo = source::demo()?;
    let mut frames = Vec::with_capacity(KEPT_FRAMES);
    while frames.len() < KEPT_FRAMES {
        match demo.next(Duration::from_secs(1))? {
            Polled::Frame(frame) => frames.push(Arc::new(frame.picture)),
            Polled::Waiting => {}
            Polled::Lost { .. } | Polled::Ended => break,
        }
    }
    Ok(frames)
}

/// Decoded frames, forth and back without end.
struct Film {
    frames: Vec<Arc<Picture>>,
    shown: u64,
    /// Frames a second in their times; 0 stands for 30 without waiting.
    fps: u32,
}

impl Film {
    fn new(frames: &[Arc<Picture>], fps: u32) -> Self {
        Self {
            frames: frames.to_vec(),
            shown: 0,
            fps,
        }
    }
}

impl FrameSource for Film {
    fn next(&mut self, _: Duration) -> Result<Polled, CaptureError> {
        let last = self.frames.len().saturating_sub(1).max(1) as u64;
        let along = self.shown % (2 * last);
        let index = along.min(2 * last - along) as usize;
        let fps = if self.fps == 0 { LIVE_FPS } else { self.fps };
        let shown_at = FrameTime(Duration::from_secs(1) * self.shown as u32 / fps);
        self.shown += 1;
        let frame = self.frames.get(index).map(|picture| SourceFrame {
            picture: Picture::clone(picture),
            shown_at,
        });
        Ok(frame.map_or(Polled::Ended, Polled::Frame))
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            what: "the demo clip, decoded beforehand".into(),
            size: self.frames.first().map(|picture| picture.size()),
            fps: Some(LIVE_FPS as f32),
            frames: None,
            live: false,
        }
    }
}

fn text(report: &BenchReport) -> String {
    let run = &report.run;
    let mut text = String::new();
    let provider = run
        .models
        .iter()
        .find(|model| model.name.starts_with("style_transfer"))
        .map(|m| m.provider.to_string())
        .unwrap_or_default();
    // Writing to a string cannot fail.
    let mut line = |words: String| writeln!(text, "{words}").unwrap_or_default();
    line(format!(
        "{} frames, crop {}, {} cores, stylizer on {provider}",
        report.size, report.crop, report.cores
    ));
    line(format!(
        "throughput      {:6.1} styled frames a second",
        run.fps
    ));
    line(format!(
        "capture→picture {:6.1} ms median, {:.1} ms p95, at {:.1} of 30 frames a second",
        run.latency_ms.p50, run.latency_ms.p95, report.live_fps
    ));
    line(format!(
        "first picture   {:6.0} ms after the start",
        report.first_frame_ms
    ));
    line(format!("peak memory     {:6.0} MB", run.peak_memory_mb));
    if let Some(steadiness) = run.steadiness {
        line(format!(
            "tracking        {:6.2} % of the face's width jitter, {:.1} frames lag",
            steadiness.jitter_percent, steadiness.lag_frames
        ));
    }
    line(format!(
        "painted         {} by {}",
        run.region.name(),
        run.engine.name()
    ));
    let upscaled = run.upscaled.iter();
    let upscaled: Vec<String> = upscaled.map(|(by, n)| format!("{by} in {n}")).collect();
    if !upscaled.is_empty() {
        line(format!("upscaled by     {} frames", upscaled.join(", ")));
    }
    line("stage              median     p95     p99 ms".into());
    for (stage, ms) in &run.stages_ms {
        line(format!(
            "{stage:<16} {:8.2}{:8.2}{:8.2}",
            ms.p50, ms.p95, ms.p99
        ));
    }
    text
}
