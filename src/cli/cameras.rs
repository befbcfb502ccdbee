//! `vizard cameras`: what can be opened.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cli::output::{Failure, Output};
use crate::stages::capture;

/// A driver that hangs is not waited for longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(output: Output) -> Result<(), Failure> {
    let cameras = capture::cameras(PATIENCE)?;
    let mut text = String::new();
    for camera in &cameras {
        let formats = if camera.formats.is_empty() {
            "formats unknown (busy, or not allowed)".to_owned()
        } else {
            camera.formats.join(", ")
        };
        // Writing to a string cannot fail.
        writeln!(text, "{}  {}: {formats}", camera.number, camera.name).unwrap_or_default();
    }
    if cameras.is_empty() {
        text.push_str("No camera is here. Plug one in, or play a file: vizard live --input FILE\n");
    }
    output.report(&cameras, &text);
    Ok(())
}
