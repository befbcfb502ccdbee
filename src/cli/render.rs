//! `vizard render`: every frame of a file, styled, into a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::catalogue::Catalogue;
use crate::cli::interrupt;
use crate::cli::options::{NetworkArguments, PaintArguments, ShapeArguments, catalogue};
use crate::cli::output::{Failure, Output};
use crate::cli::paths::Paths;
use crate::cli::source;
use crate::domain::composition::Composition;
use crate::domain::face::FaceReport;
use crate::domain::frame::{Picture, Size};
use crate::domain::lane::{Mode, Waited};
use crate::domain::settings::Settings;
use crate::domain::style::Style;
use crate::domain::timing::Clock;
use crate::files::OutputFile;
use crate::pictures::write_png;
use crate::pipeline::networks::Networks;
use crate::pipeline::report::RunReport;
use crate::pipeline::{Pipeline, Start};
use crate::stages::capture::FrameSource;
use crate::stages::composite::cpu::CpuCompositor;
use crate::stages::record::{RecordOptions, Recorder, UntilFinished};

/// Arguments of `vizard render`.
#[derive(Debug, Clone, Args)]
pub(super) struct RenderArguments {
    /// A clip, GIF, picture or folder of pictures
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to: FILE.mp4, FILE.png (the first frame), or a folder (a PNG a frame)
    #[arg(long, value_name = "FILE.mp4|FILE.png|FOLDER")]
    output: PathBuf,
    /// Write what was done, as JSON
    #[arg(long, value_name = "REPORT.json")]
    report: Option<PathBuf>,
    #[command(flatten)]
    look: PaintArguments,
    #[command(flatten)]
    shape: ShapeArguments,
    #[command(flatten)]
    networks: NetworkArguments,
}

/// What is rendered from what, and how.
pub(super) struct Job {
    pub(super) source: Box<dyn FrameSource>,
    pub(super) networks: Networks,
    pub(super) style: Arc<Style>,
    pub(super) second: Option<Arc<Style>>,
    pub(super) catalogue: Catalogue,
    pub(super) settings: Settings,
    pub(super) output: PathBuf,
    /// Whether an older file at `output` is replaced.
    pub(super) replaces: bool,
}

pub(super) fn run(arguments: &RenderArguments, output: Output) -> Result<(), Failure> {
    let target = arguments.output.clone();
    if target.as_os_str().is_empty() {
        return Err(Failure::usage(
            "--output is empty; give FILE.mp4, FILE.png or a folder",
        ));
    }
    let catalogue = catalogue();
    arguments.paths(&catalogue).check()?;
    let report_file = arguments
        .report
        .as_deref()
        .map(ReportFile::create)
        .transpose()?;
    let style = arguments.look.style(&catalogue)?;
    let job = Job {
        source: source::file(&arguments.input, &arguments.shape)?,
        second: arguments.look.second(&catalogue)?,
        networks: Networks::open(&arguments.networks.choice())?,
        settings: arguments.look.settings_without_haste(&style),
        style,
        catalogue,
        output: target.clone(),
        replaces: true,
    };
    let report = render(job, output)?;
    if let Some(file) = report_file {
        file.finish(&report)?;
    }
    let frames = report.frames;
    let text = format!(
        "{}: {} frames, {} styled, {} covered or held, {:.1} frames a second\n",
        target.display(),
        frames.captured,
        frames.styled,
        frames.held,
        report.fps,
    );
    let short = RunReport {
        faces: None,
        ..report
    };
    output.report(&short, &text);
    Ok(())
}

impl RenderArguments {
    fn paths(&self, catalogue: &Catalogue) -> Paths {
        let paths = Paths::default().read("--input", &self.input);
        let paths = self.networks.add_to(self.look.add_to(paths, catalogue));
        let paths = if self.output.is_dir() {
            paths.written_in("--output", &self.output, is_frame_name)
        } else {
            paths.written("--output", &self.output)
        };
        paths.written_if("--report", self.report.as_deref())
    }
}

/// A report's file, opened before the work so that a path that cannot be written is told at once;
/// an older report is replaced by the whole new one.
struct ReportFile<'a> {
    path: &'a Path,
    file: OutputFile,
}

impl<'a> ReportFile<'a> {
    fn create(path: &'a Path) -> Result<Self, Failure> {
        match OutputFile::hidden(path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(Self::failure(path, &error)),
        }
    }

    fn finish(mut self, report: &RunReport) -> Result<(), Failure> {
        let written = serde_json::to_vec_pretty(report)
            .map_err(std::io::Error::other)
            .and_then(|json| self.file.write_all(&json))
            .and_then(|()| self.file.finish());
        written.map_err(|error| Self::failure(self.path, &error))
    }

    fn failure(path: &Path, error: &std::io::Error) -> Failure {
        Failure::new(format!(
            "the report {} cannot be written ({error}); choose another path",
            path.display()
        ))
    }
}

/// Renders a job; the report holds the faces of each frame.
pub(super) fn render(job: Job, output: Output) -> Result<RunReport, Failure> {
    let info = job.source.describe();
    let bar = progress_bar(info.frames, output);
    let mut writer = Writer::new(&job.output, info.fps, job.replaces)?;
    let pipeline = Pipeline::start(Start {
        source: job.source,
        mode: Mode::Every,
        networks: job.networks,
        style: job.style,
        second: job.second,
        catalogue: Some(job.catalogue),
        settings: job.settings,
        follow: None,
        clock: Clock::system(),
        wake: Arc::new(|| ()),
    })?;
    let mut faces: Vec<Vec<FaceReport>> = Vec::new();
    let mut compositor = CpuCompositor::default();
    let mut canvas = Picture::filled(Size::new(1, 1), [0, 0, 0, 255]);
    interrupt::watch(|| ());
    let written = loop {
        if interrupt::is_asked() {
            pipeline.fail("stopped by a signal".to_owned());
            break Ok(());
        }
        let composition = match pipeline.wait_composition(Duration::from_millis(500)) {
            Waited::Value(composition) => composition,
            Waited::TimedOut => continue,
            Waited::Closed => break Ok(()),
        };
        pipeline.measure("composite", || {
            compose(&mut compositor, &composition, &mut canvas);
        });
        pipeline.presented(&composition);
        faces.push(composition.faces.clone());
        bar.inc(1);
        let at = composition.frame.shown_at;
        match pipeline.measure("write", || writer.write(&canvas, at)) {
            Ok(More::Wanted) => {}
            Ok(More::Enough) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    let mut report = pipeline.stop();
    bar.finish_and_clear();
    let frames = faces.len();
    report.faces = Some(faces);
    // A failed write says itself what is left of the file.
    written?;
    if let Some(why) = report.failure.take() {
        return Err(writer.leave(why, frames));
    }
    if frames == 0 {
        return Err(Failure::new(format!("{} holds no frames", info.what)));
    }
    writer.finish().map(|()| report)
}

/// Composes into `canvas`, which takes the frame's size.
pub(super) fn compose(
    compositor: &mut CpuCompositor,
    composition: &Composition,
    canvas: &mut Picture,
) {
    if canvas.size() != composition.frame.size() {
        *canvas = Picture::filled(composition.frame.size(), [0, 0, 0, 255]);
    }
    compositor.compose(composition, canvas);
}

fn progress_bar(frames: Option<u64>, output: Output) -> ProgressBar {
    if output.json {
        return ProgressBar::hidden();
    }
    let template = "{wide_bar:.magenta} {pos}/{len} frames, {per_sec}, {eta} left";
    let bar = frames.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    match ProgressStyle::with_template(template) {
        Ok(style) if frames.is_some() => bar.with_style(style),
        _ => bar,
    }
}

/// Whether a writer takes more frames.
enum More {
    Wanted,
    Enough,
}

/// Where finished pictures go.
enum Writer {
    Clip {
        path: PathBuf,
        options: RecordOptions,
        recorder: Option<Box<Recorder>>,
    },
    Picture {
        path: PathBuf,
    },
    Folder {
        path: PathBuf,
        count: u64,
    },
}

impl Writer {
    /// A clip for `.mp4`, a picture for `.png`, else a folder.
    fn new(path: &Path, fps: Option<f32>, replaces: bool) -> Result<Self, Failure> {
        let kind = path
            .extension()
            .map(|kind| kind.to_string_lossy().to_lowercase());
        let owned = path.to_path_buf();
        match kind.as_deref() {
            _ if path.is_dir() => Ok(Self::Folder {
                path: owned,
                count: 0,
            }),
            Some("mp4") => {
                let fps = fps.unwrap_or(30.0);
                let options = RecordOptions {
                    fps,
                    until_finished: if replaces {
                        UntilFinished::AsPart
                    } else {
                        UntilFinished::AsPartOfNew
                    },
                    ..RecordOptions::default()
                };
                Ok(Self::Clip {
                    path: owned,
                    options,
                    recorder: None,
                })
            }
            Some("png") => Ok(Self::Picture { path: owned }),
            Some(other) => Err(Failure::usage(format!(
                "{} cannot be written as .{other}; give FILE.mp4, FILE.png or a folder",
                path.display()
            ))),
            None => {
                std::fs::create_dir_all(path).map_err(|error| {
                    let path = path.display();
                    Failure::new(format!("the folder {path} cannot be made: {error}"))
                })?;
                Ok(Self::Folder {
                    path: owned,
                    count: 0,
                })
            }
        }
    }

    fn write(
        &mut self,
        picture: &Picture,
        at: crate::domain::frame::FrameTime,
    ) -> Result<More, Failure> {
        match self {
            Self::Clip {
                path,
                options,
                recorder,
            } => {
                let recorder = match recorder {
                    Some(recorder) => recorder,
                    None => {
                        recorder.insert(Box::new(Recorder::start(path, picture.size(), *options)?))
                    }
                };
                recorder.push(picture, at)?;
                Ok(More::Wanted)
            }
            Self::Picture { path } => {
                write_png(path, picture)?;
                Ok(More::Enough)
            }
            Self::Folder { path, count } => {
                write_png(&path.join(frame_name(*count)), picture)?;
                *count += 1;
                Ok(More::Wanted)
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        if let Self::Clip {
            recorder: Some(recorder),
            ..
        } = self
        {
            recorder.finish()?;
        }
        Ok(())
    }

    /// The failure of a work that broke off after `frames` frames because of `why`. What was written
    /// stays, and an older file at its path as well.
    fn leave(self, why: String, frames: usize) -> Failure {
        let kept = match self {
            Self::Clip {
                recorder: Some(recorder),
                ..
            } => match recorder.leave() {
                Ok(left) => Some(left.path),
                Err(error) => return Failure::new(format!("{why}; and {error}")),
            },
            Self::Folder { path, count } if count > 0 => Some(path),
            _ => None,
        };
        Failure::new(match kept {
            Some(kept) => format!(
                "{why}; the {frames} frames before are in {}",
                kept.display()
            ),
            None => why,
        })
    }
}

/// The name of a frame's file in a folder.
fn frame_name(count: u64) -> String {
    format!("frame_{count:06}.png")
}

/// Whether a file of this name may be a frame's.
fn is_frame_name(name: &str) -> bool {
    name.strip_prefix("frame_")
        .and_then(|rest| rest.strip_suffix(".png"))
        .is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}
