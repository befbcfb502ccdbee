//! `vizard upscale`: pictures, four times as large.
//!
//! An enlarged picture is written while it is made, tile by tile, so that memory holds the input
//! and one band of the output.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::options::NetworkArguments;
use crate::cli::output::{Failure, Output};
use crate::cli::paths::Paths;
use crate::domain::frame::FrameTime;
use crate::domain::settings::UpscaleNetwork;
use crate::domain::timing::Clock;
use crate::pictures::{self, Limits, PngRows};
use crate::pipeline::networks::UpscaleNetworks;
use crate::stages::upscale::{Upscaler, enlarged, tiles};

/// Pixels that an input may have; it is held in memory whole, and never scaled down.
const MOST_PIXELS: u64 = 24_000_000;

/// Arguments of `vizard upscale`.
#[derive(Debug, Clone, Args)]
pub(super) struct UpscaleArguments {
    /// A picture, or a folder of pictures
    #[arg(long, value_name = "PICTURE|FOLDER")]
    input: PathBuf,
    /// Where to: FILE.png, or a folder (NAME.png for each picture)
    #[arg(long, value_name = "FILE.png|FOLDER")]
    output: PathBuf,
    /// The network: small (the quickest), medium, full (the most faithful) or gan (the
    /// sharpest)
    #[arg(long, value_name = "NETWORK", default_value = "medium")]
    model: UpscaleNetwork,
    #[command(flatten)]
    networks: NetworkArguments,
}

/// One enlarged picture.
#[derive(Debug, Serialize)]
struct Enlarged {
    input: PathBuf,
    output: PathBuf,
    from: String,
    to: String,
    seconds: f32,
}

/// What was done.
#[derive(Debug, Serialize)]
struct UpscaleReport {
    model: &'static str,
    sha256: String,
    provider: String,
    pictures: Vec<Enlarged>,
    /// What was left out, and why.
    failed: Vec<String>,
}

pub(super) fn run(arguments: &UpscaleArguments, output: Output) -> Result<(), Failure> {
    let jobs = jobs(&arguments.input, &arguments.output)?;
    check(&jobs, &arguments.networks)?;
    let networks = UpscaleNetworks::find(&arguments.networks.choice(), threads())?;
    let enlarger = arguments.model;
    let mut upscaler = networks.open(enlarger)?;
    let about = upscaler.model().report().clone();
    let mut report = UpscaleReport {
        model: enlarger.name(),
        sha256: about.sha256,
        provider: about.provider.to_string(),
        pictures: Vec::new(),
        failed: Vec::new(),
    };
    let alone = jobs.len() == 1;
    let mut text = String::new();
    for (input, target) in jobs {
        match enlarge(&mut upscaler, &input, &target, output) {
            Ok(done) => {
                let (to, seconds) = (&done.to, done.seconds);
                // Writing to a string cannot fail.
                writeln!(text, "{}: {to} in {seconds:.1} s", target.display()).unwrap_or_default();
                report.pictures.push(done);
            }
            Err(failure) if alone => return Err(failure),
            Err(failure) => {
                output.note(&format!("left out: {}", failure.message));
                report.failed.push(failure.message);
            }
        }
    }
    output.report(&report, &text);
    match report.failed.len() {
        0 => Ok(()),
        // The report says it; a second document would make the output unreadable.
        _ if output.json => Err(Failure::new("")),
        failed => {
            let all = failed + report.pictures.len();
            Err(Failure::new(format!(
                "{failed} of {all} pictures could not be enlarged"
            )))
        }
    }
}

/// Threads for a network that nothing else has to share the processor with.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Which file becomes which.
fn jobs(input: &Path, output: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let is_png = |path: &Path| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("png"))
    };
    let inputs = if input.is_dir() {
        let files = pictures::files_in(input);
        files.map_err(|why| Failure::new(format!("{} cannot be read: {why}", input.display())))?
    } else {
        vec![input.to_path_buf()]
    };
    if inputs.is_empty() {
        let input = input.display();
        return Err(Failure::new(format!(
            "{input} holds no pictures; name a folder with PNG, JPEG, WebP, BMP or TIFF files"
        )));
    }
    let in_folder = |folder: &Path, picture: &Path| {
        folder
            .join(picture.file_stem().unwrap_or_default())
            .with_added_extension("png")
    };
    let to_file = !input.is_dir() && !output.is_dir() && is_png(output);
    if !to_file {
        if output.extension().is_some() && !output.is_dir() {
            let output = output.display();
            return Err(Failure::usage(format!(
                "{output} cannot be written; give FILE.png or a folder"
            )));
        }
        std::fs::create_dir_all(output).map_err(|why| {
            let output = output.display();
            Failure::new(format!("the folder {output} cannot be made: {why}"))
        })?;
    }
    let mut jobs: Vec<(PathBuf, PathBuf)> = Vec::with_capacity(inputs.len());
    for from in inputs {
        let to = if to_file {
            output.to_path_buf()
        } else {
            in_folder(output, &from)
        };
        jobs.push((from, to));
    }
    Ok(jobs)
}

/// Refuses outputs that are inputs, or that are one and the same.
fn check(jobs: &[(PathBuf, PathBuf)], networks: &NetworkArguments) -> Result<(), Failure> {
    let paths = networks.add_to(Paths::default());
    let paths = jobs.iter().fold(paths, |paths, (from, to)| {
        paths.read("--input", from).written("--output", to)
    });
    paths.check()
}

fn enlarge(
    upscaler: &mut Upscaler,
    input: &Path,
    target: &Path,
    output: Output,
) -> Result<Enlarged, Failure> {
    let clock = Clock::system();
    let limits = Limits {
        max_pixels: MOST_PIXELS,
        max_side: u32::MAX,
        ..Limits::default()
    };
    let picture = pictures::read(input, &limits)?;
    let (from, to) = (picture.size(), enlarged(picture.size()));
    let mut file = PngRows::create(target, to)?;
    let bar = progress_bar(input, tiles::count(from), output);
    tiles::enlarge(
        upscaler,
        &picture,
        || bar.inc(1),
        |band| file.push(band).map_err(Failure::from),
    )?;
    bar.finish_and_clear();
    file.finish()?;
    Ok(Enlarged {
        input: input.to_path_buf(),
        output: target.to_path_buf(),
        from: from.to_string(),
        to: to.to_string(),
        seconds: clock.now().since(FrameTime::default()).as_secs_f32(),
    })
}

fn progress_bar(input: &Path, tiles: u64, output: Output) -> ProgressBar {
    if output.json {
        return ProgressBar::hidden();
    }
    let template = "{msg} {wide_bar:.magenta} {pos}/{len} tiles, {eta} left";
    let name = input.file_name().unwrap_or_default().to_string_lossy();
    let bar = ProgressBar::new(tiles).with_message(name.into_owned());
    bar.enable_steady_tick(Duration::from_millis(500));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
