//! The command line: arguments in, text or JSON out, an exit code back.
//!
//! | code | meaning      |
//! |------|--------------|
//! | 0    | done         |
//! | 1    | failed       |
//! | 2    | wrong usage  |

// What every command understands.
mod options;

// Text and JSON on standard output, errors on standard error.
mod output;

// Options that are gone.
mod retired;

// What a command reads and writes.
mod paths;

// Which source a command reads.
mod source;

// What the tracker sees, drawn over the frames.
mod debug_video;

// An orderly end on signals.
mod interrupt;

// `vizard live`.
mod live;

// `vizard render`.
mod render;

// `vizard track`.
mod track;

// `vizard upscale`.
mod upscale;

// `vizard evaluate`.
mod evaluate;

// `vizard styles`.
mod styles;

// `vizard cameras`.
mod cameras;

// `vizard doctor`.
mod doctor;

// `vizard bench`.
mod bench;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::cli::options::Global;
use crate::cli::output::{Failure, Output};
use crate::domain::thread::{guarded, log_panics};

/// Your face, live, in the style of one picture.
///
/// Without a command, `live` is meant. Nothing leaves this machine.
#[derive(Debug, Parser)]
#[command(
    name = "vizard",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    live: live::LiveArguments,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Show a camera or a clip in a window, in the style of a picture
    Live(live::LiveArguments),
    /// Write a clip, picture or folder of pictures in the style of a picture
    Render(render::RenderArguments),
    /// Write where the faces of a clip are, as CSV
    Track(track::TrackArguments),
    /// Enlarge a picture, or the pictures of a folder, four times
    Upscale(upscale::UpscaleArguments),
    /// Measure what Vizard is made of against the literature
    Evaluate(evaluate::EvaluateArguments),
    /// List, show, add, remove or export styles
    Styles(styles::StylesArguments),
    /// List the cameras that can be opened, with their formats, or test one
    Cameras(cameras::CamerasArguments),
    /// Say what is here: cameras, graphics, ONNX Runtime, models, ffmpeg, display
    Doctor(options::NetworkArguments),
    /// Time every stage on the built-in demo
    Bench(bench::BenchArguments),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let global = &arguments.global;
    start_log(global.verbose);
    log_panics();
    let output = Output { json: global.json };
    let done = guarded(|| carry_out(arguments, output)).unwrap_or_else(|why| {
        Err(Failure::new(format!(
            "Vizard broke down ({why}). This is a fault of the program: please report it, with what \
             `vizard -v` says."
        )))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}

fn carry_out(arguments: Arguments, output: Output) -> Result<(), Failure> {
    match arguments.task.unwrap_or(Task::Live(arguments.live)) {
        Task::Live(task) => live::run(&task, output),
        Task::Render(task) => render::run(&task, output),
        Task::Track(task) => track::run(&task, output),
        Task::Upscale(task) => upscale::run(&task, output),
        Task::Evaluate(task) => evaluate::run(&task, output),
        Task::Styles(task) => styles::run(&task, output),
        Task::Cameras(task) => cameras::run(&task, output),
        Task::Doctor(task) => doctor::run(&task, output),
        Task::Bench(task) => bench::run(&task, output),
        Task::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "vizard", &mut text);
            output.report(
                &String::from_utf8_lossy(&text),
                &String::from_utf8_lossy(&text),
            );
            Ok(())
        }
    }
}

/// Logs go to standard error: warnings always, more with `-v`, or as `RUST_LOG` says.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "error,wgpu_hal=off,eframe=off,vizard=warn",
        1 => "warn,vizard=info",
        2 => "info,vizard=debug",
        _ => "debug,vizard=trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A log that is there already (in tests) serves as well.
    if log.try_init().is_err() {
        tracing::debug!("the log was started before");
    }
}

impl From<std::convert::Infallible> for Failure {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn live_is_meant_without_a_command() {
        let arguments = Arguments::try_parse_from(["vizard", "--style", "ink_wash"]).unwrap();

        assert!(arguments.task.is_none());
        assert_eq!(arguments.live.look.style.as_deref(), Some("ink_wash"));
    }

    #[test]
    fn a_strength_out_of_bounds_is_wrong_usage() {
        let error = Arguments::try_parse_from(["vizard", "live", "--strength", "2"]).unwrap_err();

        assert_eq!(error.exit_code(), 2);
        assert!(
            error.to_string().contains("a strength from 0 to 1"),
            "{error}"
        );
    }
}
