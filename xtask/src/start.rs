//! `cargo xtask run`: build for speed, then become `vizard`.

use std::ffi::OsString;
use std::process::Command;

use crate::failure::Failure;
use crate::places::Places;
use crate::shell;

/// Builds the release program and hands this process over to it, so that signals and the exit
/// code are its own. Returns only if that failed.
pub(crate) fn build_and_start(places: &Places, arguments: &[OsString]) -> Result<(), Failure> {
    let mut build = shell::cargo();
    build
        .args([
            "build",
            "--release",
            "--package",
            "vizard",
            "--bin",
            "vizard",
        ])
        .current_dir(&places.root);
    shell::run(&mut build)?;
    let program = places.built("release").join("vizard");
    let mut vizard = Command::new(&program);
    vizard.args(arguments);
    become_it(&mut vizard)
        .map_err(|why| Failure::because(&format!("start {}", program.display()), why))
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> std::io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
