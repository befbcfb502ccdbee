//! rustfmt and clippy, which a minimal Rust lacks.

use std::process::Command;

use crate::failure::Failure;
use crate::shell;

/// Adds what is missing through rustup.
pub(super) fn ensure() -> Result<(), Failure> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::succeeds(shell::cargo().args([command, "--version"])) {
            continue;
        }
        println!("Adding {component} to the Rust toolchain.");
        shell::run(Command::new("rustup").args(["component", "add", component])).map_err(
            |failure| {
                Failure::new(format!(
                    "`cargo {command}` is missing, and {failure} Install {component} for your Rust."
                ))
            },
        )?;
    }
    Ok(())
}
