//! Starts the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    vizard::inference::runtime::forbid_telemetry();
    vizard::cli::run()
}
