//! `vizard doctor`: what is here and what really runs.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::app::has_display;
use crate::cli::cameras::PATIENCE;
use crate::cli::options::NetworkArguments;
use crate::cli::output::{Failure, Output};
use crate::domain::settings::ProviderChoice;
use crate::domain::timing::Clock;
use crate::gpu::adapters::adapters;
use crate::inference::model::{Input, Model};
use crate::inference::runtime::Runtime;
use crate::inference::store::{ModelFile, NAMES};
use crate::pipeline::networks::NetworkChoice;
use crate::stages::capture;

/// Runs of a warm-up; the last is timed.
const WARM_UP: usize = 3;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    /// Whether it works.
    fine: bool,
    /// Whether Vizard cannot do its main job without it.
    needed: bool,
    detail: String,
}

fn finding(what: &str, needed: bool, found: Result<String, String>) -> Finding {
    let fine = found.is_ok();
    let detail = found.unwrap_or_else(|why| why);
    Finding {
        what: what.to_owned(),
        fine,
        needed,
        detail,
    }
}

pub(super) fn run(arguments: &NetworkArguments, output: Output) -> Result<(), Failure> {
    let choice = arguments.choice();
    let mut findings = vec![
        finding("display", false, display()),
        finding("cameras", false, cameras()),
        finding("ffmpeg", false, ffmpeg()),
    ];
    let adapters: Vec<String> = adapters().iter().map(ToString::to_string).collect();
    let found = if adapters.is_empty() {
        Err("no graphics adapter; install mesa-vulkan-drivers".to_owned())
    } else {
        Ok(adapters.join("; "))
    };
    findings.push(finding("graphics", false, found));
    findings.extend(networks(&choice));
    let mut text = String::new();
    for finding in &findings {
        let mark = match (finding.fine, finding.needed) {
            (true, _) => "ok     ",
            (false, true) => "MISSING",
            (false, false) => "no     ",
        };
        // Writing to a string cannot fail.
        writeln!(text, "{mark}  {:<22} {}", finding.what, finding.detail).unwrap_or_default();
    }
    output.report(&findings, &text);
    let broken: Vec<&str> = findings
        .iter()
        .filter(|f| f.needed && !f.fine)
        .map(|f| f.what.as_str())
        .collect();
    if broken.is_empty() {
        Ok(())
    } else if output.json {
        // The findings say it; a second document would make the output unreadable.
        Err(Failure::new(""))
    } else {
        Err(Failure::new(format!(
            "Vizard cannot work here without: {}",
            broken.join(", ")
        )))
    }
}

fn display() -> Result<String, String> {
    if has_display() {
        Ok("a desktop is there".into())
    } else {
        Err("none, so no window; `vizard render` works".into())
    }
}

fn cameras() -> Result<String, String> {
    let cameras = capture::cameras(PATIENCE).map_err(|error| error.to_string())?;
    let (usable, others): (Vec<_>, Vec<_>) =
        cameras.iter().partition(|camera| camera.trouble.is_none());
    let names = usable.iter().map(|camera| {
        let name = &camera.name;
        format!("{} {name}", camera.number)
    });
    let troubles = others.iter().map(|camera| {
        let trouble = camera.trouble.as_deref().unwrap_or_default();
        format!("{} {trouble}", camera.number)
    });
    let joined = |words: Vec<String>| words.join("; ");
    match (usable.len(), others.len()) {
        (0, 0) => Err("none; the demo clip plays".into()),
        (0, _) => Err(joined(troubles.collect())),
        (_, 0) => Ok(joined(names.collect())),
        (_, more) => Ok(format!(
            "{}; {more} not used (see `vizard cameras`)",
            joined(names.collect())
        )),
    }
}

fn ffmpeg() -> Result<String, String> {
    let missing = "not installed; MP4 with H.264, GIFs and pictures are read without it";
    let asked = Command::new("ffmpeg")
        .arg("-version")
        .stdin(Stdio::null())
        .output();
    let answer = asked.map_err(|_missing| missing.to_owned())?;
    let text = String::from_utf8_lossy(&answer.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// ONNX Runtime, each network's file, and each provider by a timed warm-up.
fn networks(choice: &NetworkChoice) -> Vec<Finding> {
    let runtime = match Runtime::load(&choice.places) {
        Ok(runtime) => runtime,
        Err(error) => return vec![finding("ONNX Runtime", true, Err(error.to_string()))],
    };
    let about = format!("1.{} at {}", runtime.minor(), runtime.library().display());
    let mut findings = vec![finding("ONNX Runtime", true, Ok(about))];
    for name in NAMES {
        let what = format!("model {name}");
        let file = choice.store.get(name);
        let about = file.as_ref().map(|f| format!("sha256 {}", f.card.sha256));
        let opened = about.map_err(ToString::to_string).and_then(|about| {
            let file = file.as_ref().map_err(ToString::to_string)?;
            Model::open(&runtime, file, ProviderChoice::Cpu, 1).map_err(|e| e.to_string())?;
            Ok(about)
        });
        findings.push(finding(&what, true, opened));
    }
    if let Ok(file) = choice.store.for_processor("style_transfer") {
        let cpu = warm_up(&runtime, &file, ProviderChoice::Cpu);
        findings.push(finding("provider CPU", true, cpu));
    }
    if let Ok(file) = choice.store.get("style_transfer") {
        let cuda = warm_up(&runtime, &file, ProviderChoice::Cuda);
        findings.push(finding("provider CUDA", false, cuda));
    }
    findings
}

/// Runs the stylizer at 256×256 and tells how long the last run took.
fn warm_up(
    runtime: &Runtime,
    file: &ModelFile,
    provider: ProviderChoice,
) -> Result<String, String> {
    const SIDE: usize = 256;
    let words = |error: crate::inference::model::ModelError| error.to_string();
    let clock = Clock::system();
    let mut model = Model::open(runtime, file, provider, 1).map_err(words)?;
    let content = vec![0.5; 3 * SIDE * SIDE];
    let code_length = match file.card.inputs.get(1).and_then(|input| input.shape.last()) {
        Some(crate::inference::card::Axis::Fixed(n)) => usize::try_from(*n).unwrap_or(1),
        _ => 1,
    };
    let code = vec![0.0; code_length];
    let (content_shape, code_shape) = ([1, 3, SIDE, SIDE], [1, code_length]);
    let mut took = 0.0;
    for _ in 0..WARM_UP {
        let began = clock.now();
        let inputs = [
            Input::floats(&content_shape, &content),
            Input::floats(&code_shape, &code),
        ];
        model.run(&inputs, |_| ()).map_err(words)?;
        took = clock.now().since(began).as_secs_f32() * 1e3;
    }
    Ok(format!(
        "runs the stylizer at {SIDE}x{SIDE} in {took:.1} ms on one thread"
    ))
}
