//! Python and its pip, which fetch and unpack the wheels.

use std::process::Command;

use crate::failure::Failure;
use crate::setup::packages;
use crate::shell;

/// The Pythons that are tried, in order. Debian's `python3-pip` serves Debian's Python only, which
/// another one may hide on the `PATH`.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// A Python that has pip; pip is installed where it is missing and can be.
pub(super) fn with_pip() -> Result<&'static str, Failure> {
    if let Some(python) = find_with_pip() {
        return Ok(python);
    }
    packages::install(&["python3-pip"]).map_err(|failure| {
        Failure::new(format!(
            "Python's pip is missing; it fetches ONNX Runtime. {failure}"
        ))
    })?;
    find_with_pip().ok_or_else(|| {
        Failure::new(
            "`python3 -m pip` does not work. Install Python 3 with pip (Debian: python3-pip).",
        )
    })
}

fn find_with_pip() -> Option<&'static str> {
    PYTHONS
        .into_iter()
        .find(|python| shell::succeeds(Command::new(python).args(["-m", "pip", "--version"])))
}
