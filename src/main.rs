//! Starts the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    vizard::cli::run()
}
