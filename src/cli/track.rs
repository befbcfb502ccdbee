//! `vizard track`: where the faces of a clip are, as CSV.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, IntoInnerError, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::debug_video::DebugVideo;
use crate::cli::options::{NetworkArguments, ShapeArguments};
use crate::cli::output::{Failure, Output};
use crate::cli::paths::Paths;
use crate::cli::source;
use crate::domain::face::{BoundingBox, Steadiness, TrackId, TrackState, TrackedFace};
use crate::domain::frame::{Frame, FrameId};
use crate::domain::geometry::Rect;
use crate::domain::settings::Quickness;
use crate::domain::timing::{Clock, Percentiles, StageTimings};
use crate::files::OutputFile;
use crate::pipeline::networks::Networks;
use crate::pipeline::perception::FacePerception;
use crate::stages::capture::{FrameSource, Polled};

/// The first line of the file.
const HEADER: &str = "frame,id,x,y,w,h,score";

/// A box in frame pixels, as `x,y,w,h`.
#[derive(Debug, Clone, Copy)]
struct BoxArgument(BoundingBox);

impl FromStr for BoxArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Vec<f32> = text
            .split(',')
            .filter_map(|n| n.trim().parse().ok())
            .collect();
        match numbers.as_slice() {
            &[x, y, w, h] if w > 0.0 && h > 0.0 && Rect::<()>::new(x, y, w, h).is_finite() => {
                Ok(Self(Rect::new(x, y, w, h)))
            }
            _ => Err(format!(
                "{text} is not a box such as 100,80,64,64 (x,y,w,h in pixels)"
            )),
        }
    }
}

/// Arguments of `vizard track`.
#[derive(Debug, Clone, Args)]
pub(super) struct TrackArguments {
    /// A clip, GIF or folder of pictures
    #[arg(long, value_name = "CLIP|FOLDER")]
    input: PathBuf,
    /// Follow what this box holds in the first frame, face or not
    #[arg(long, value_name = "x,y,w,h", allow_hyphen_values = true)]
    init: Option<BoxArgument>,
    /// Where to. Header: frame,id,x,y,w,h,score; frames from 0; no row where no face is seen
    #[arg(long, value_name = "BOXES.csv")]
    output: PathBuf,
    /// Also write a clip with box, points, the mask's outline, state and id of every face
    #[arg(long, value_name = "OUT.mp4")]
    debug_video: Option<PathBuf>,
    #[arg(long, value_name = Quickness::ABOUT.range, help = Quickness::ABOUT.help,
          default_value_t = Quickness::DEFAULT)]
    quickness: Quickness,
    #[command(flatten)]
    shape: ShapeArguments,
    #[command(flatten)]
    networks: NetworkArguments,
}

#[derive(Debug, Serialize)]
struct TrackReport {
    frames: u64,
    frames_with_faces: u64,
    ids: usize,
    /// How still and how prompt the oldest face was at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    steadiness: Option<Steadiness>,
    stages_ms: BTreeMap<&'static str, Percentiles>,
}

/// Follows the faces of a file, frame by frame.
struct Session<'a> {
    source: Box<dyn FrameSource>,
    perception: FacePerception,
    timings: StageTimings,
    clock: Clock,
    output: &'a Path,
    csv: BufWriter<OutputFile>,
    video: Option<DebugVideo>,
    frames: u64,
    frames_with_faces: u64,
    ids: BTreeSet<TrackId>,
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be written: {error}", path.display()))
}

/// `failure`, with where the rows and pictures before it are.
fn left(failure: Failure, rows: OutputFile, video: Option<DebugVideo>) -> Failure {
    let Ok(rows) = rows.leave() else {
        return failure;
    };
    let video = video.and_then(DebugVideo::leave);
    let kept: Vec<String> = rows
        .iter()
        .chain(&video)
        .map(|path| path.display().to_string())
        .collect();
    Failure {
        message: format!(
            "{}; what was found before is in {}",
            failure.message,
            kept.join(" and ")
        ),
        ..failure
    }
}

impl Session<'_> {
    /// Writes the rows of all frames.
    fn run(&mut self) -> Result<(), Failure> {
        writeln!(self.csv, "{HEADER}").map_err(|error| unwritable(self.output, &error))?;
        while self.step()? {}
        self.csv
            .flush()
            .map_err(|error| unwritable(self.output, &error))
    }

    /// Writes the rows of the next frame; `false` at the end.
    fn step(&mut self) -> Result<bool, Failure> {
        let found = match self.source.next(Duration::from_secs(1))? {
            Polled::Frame(found) => found,
            Polled::Waiting => return Ok(true),
            Polled::Ended => return Ok(false),
            Polled::Lost { why } => return Err(Failure::new(why)),
        };
        let frame = Arc::new(Frame {
            id: FrameId(self.frames),
            shown_at: found.shown_at,
            captured_at: self.clock.now(),
            picture: Arc::new(found.picture),
        });
        let (timings, clock) = (self.timings.clone(), self.clock.clone());
        let mut seen = timings.measure(&clock, "eyes", || self.perception.look(&frame))?;
        if let Some(video) = &mut self.video {
            video.draw(&frame, &seen, &mut self.perception)?;
        }
        seen.retain(|face| face.state == TrackState::Locked);
        for face in &seen {
            self.write_row(face)
                .map_err(|error| unwritable(self.output, &error))?;
            self.ids.insert(face.id);
        }
        self.frames_with_faces += u64::from(!seen.is_empty());
        self.frames += 1;
        Ok(true)
    }

    fn write_row(&mut self, face: &TrackedFace) -> std::io::Result<()> {
        let (b, id, score) = (face.bounds, face.id.0, face.score.0);
        let frame = self.frames;
        write!(self.csv, "{frame},{id},{:.2},{:.2},", b.x, b.y)?;
        writeln!(self.csv, "{:.2},{:.2},{score:.4}", b.width, b.height)
    }
}

impl TrackArguments {
    fn paths(&self) -> Paths {
        let paths = Paths::default().read("--input", &self.input);
        self.networks
            .add_to(paths)
            .written("--output", &self.output)
            .written_if("--debug-video", self.debug_video.as_deref())
    }
}

pub(super) fn run(arguments: &TrackArguments, output: Output) -> Result<(), Failure> {
    arguments.paths().check()?;
    let path = &arguments.output;
    let source = source::file(&arguments.input, &arguments.shape)?;
    let networks = Networks::open_face_models(&arguments.networks.choice())?;
    let (timings, clock) = (StageTimings::default(), Clock::system());
    let follow = arguments.init.map(|wanted| wanted.0);
    let mut perception = FacePerception::new(networks, follow, timings.clone(), clock.clone());
    perception.set_quickness(arguments.quickness.get());
    let file = OutputFile::part(path).map_err(|error| unwritable(path, &error))?;
    let mut session = Session {
        source,
        perception,
        timings: timings.clone(),
        clock,
        output: path,
        csv: BufWriter::new(file),
        video: arguments.debug_video.as_deref().map(DebugVideo::new),
        frames: 0,
        frames_with_faces: 0,
        ids: BTreeSet::new(),
    };
    let tracked = session.run();
    let (frames, frames_with_faces) = (session.frames, session.frames_with_faces);
    let Session {
        csv,
        video,
        ids,
        perception,
        ..
    } = session;
    let file = csv.into_inner().map_err(IntoInnerError::into_error);
    let file = file.map_err(|error| unwritable(path, &error))?;
    if frames == 0 {
        file.discard();
        tracked?;
        let input = arguments.input.display();
        return Err(Failure::new(format!("{input} holds no frames")));
    }
    if let Err(failure) = tracked {
        return Err(left(failure, file, video));
    }
    if let Some(video) = video {
        video.finish()?;
    }
    file.finish().map_err(|error| unwritable(path, &error))?;
    let (ids, stages_ms) = (ids.len(), timings.summary());
    let text = format!(
        "{}: {frames} frames, a face in {frames_with_faces}, {ids} in all\n",
        path.display()
    );
    let report = TrackReport {
        frames,
        frames_with_faces,
        ids,
        steadiness: perception.steadiness(),
        stages_ms,
    };
    output.report(&report, &text);
    Ok(())
}
