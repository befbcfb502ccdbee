//! `vizard track`: where the faces of a clip are, as CSV.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::options::{NetworkArguments, ShapeArguments};
use crate::cli::output::{Failure, Output};
use crate::cli::source;
use crate::domain::face::{BoundingBox, TrackState};
use crate::domain::frame::{Frame, FrameId};
use crate::domain::geometry::Rect;
use crate::domain::timing::{Clock, StageTimings};
use crate::pipeline::eyes::Eyes;
use crate::pipeline::networks::Networks;
use crate::stages::capture::Polled;

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
    /// From 0 (steady) to 1 (quick)
    #[arg(long, value_name = "0..1", default_value = "0.5")]
    quickness: crate::domain::settings::Strength,
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
    stages_ms: std::collections::BTreeMap<&'static str, crate::domain::timing::Percentiles>,
}

pub(super) fn run(arguments: &TrackArguments, output: Output) -> Result<(), Failure> {
    let mut source = source::file(&arguments.input, &arguments.shape)?;
    let (detector, regressor) = Networks::open_eyes(&arguments.networks.choice())?;
    let (timings, clock) = (StageTimings::default(), Clock::system());
    let follow = arguments.init.map(|wanted| wanted.0);
    let mut eyes = Eyes::new(detector, regressor, follow, timings.clone(), clock.clone());
    eyes.set_quickness(arguments.quickness.get());
    let unwritable = |error: std::io::Error| {
        Failure::new(format!(
            "{} cannot be written: {error}",
            arguments.output.display()
        ))
    };
    let mut csv = BufWriter::new(File::create(&arguments.output).map_err(unwritable)?);
    writeln!(csv, "frame,id,x,y,w,h,score").map_err(unwritable)?;
    let (mut frames, mut with_faces) = (0_u64, 0_u64);
    let mut ids = std::collections::BTreeSet::new();
    loop {
        let found = match source.next(Duration::from_secs(1))? {
            Polled::Frame(found) => found,
            Polled::Waiting => continue,
            Polled::Ended => break,
            Polled::Lost { why } => return Err(Failure::new(why)),
        };
        let frame = Arc::new(Frame {
            id: FrameId(frames),
            shown_at: found.shown_at,
            captured_at: clock.now(),
            picture: Arc::new(found.picture),
        });
        let seen = eyes.look(&frame)?;
        let locked: Vec<_> = seen
            .iter()
            .filter(|f| f.state == TrackState::Locked)
            .collect();
        with_faces += u64::from(!locked.is_empty());
        for face in locked {
            ids.insert(face.id);
            let (b, score) = (face.bounds, face.score.0);
            let (id, w, h) = (face.id.0, b.width, b.height);
            writeln!(
                csv,
                "{frames},{id},{:.2},{:.2},{w:.2},{h:.2},{score:.4}",
                b.x, b.y
            )
            .map_err(unwritable)?;
        }
        frames += 1;
    }
    csv.flush().map_err(unwritable)?;
    if frames == 0 {
        return Err(Failure::new(format!(
            "{} holds no frames",
            arguments.input.display()
        )));
    }
    let report = TrackReport {
        frames,
        frames_with_faces: with_faces,
        ids: ids.len(),
        stages_ms: timings.summary(),
    };
    let text = format!(
        "{}: {frames} frames, a face in {with_faces}, {} in all\n",
        arguments.output.display(),
        ids.len()
    );
    output.report(&report, &text);
    Ok(())
}
