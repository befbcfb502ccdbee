//! A desktop without any graphics adapter: one plain sentence, no panic and no hang.
//!
//! Needs a display, or `Xvfb` to make one. Elsewhere it skips and says so.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

#[path = "support/require.rs"]
mod require;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long the program may take to see that it cannot draw.
const PATIENCE: Duration = Duration::from_mins(1);

/// A display of our own; ended with the test.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// `None` where Xvfb is not installed.
    fn open() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        let told = server.stdout.take().unwrap();
        BufReader::new(told).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        Some(Self { server, name })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if self.server.kill().is_ok() {
            self.server.wait().unwrap();
        }
    }
}

/// What the window says where no driver is found by Vulkan and GL, and its exit code.
fn live_without_drivers(display: &str) -> (Option<i32>, String) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vizard"));
    command.args(["live", "--input"]).arg(demo);
    for hidden in [
        "VK_ICD_FILENAMES",
        "VK_DRIVER_FILES",
        "LIBGL_DRIVERS_PATH",
        "__EGL_VENDOR_LIBRARY_FILENAMES",
    ] {
        command.env(hidden, "/nonexistent");
    }
    let mut child = command
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut waited = Duration::ZERO;
    while child.try_wait().unwrap().is_none() {
        if waited > PATIENCE {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
    let said = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    (said.status.code(), err)
}

#[test]
fn without_a_graphics_adapter_one_sentence_says_what_to_install() {
    let Some(display) = Display::open() else {
        require::missing("display", "Xvfb is not installed");
        return;
    };

    let (code, said) = live_without_drivers(&display.name);

    assert_eq!(code, Some(1), "{said}");
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(
        ours[0].starts_with("error: No graphics adapter can draw the window"),
        "{said}"
    );
    assert!(
        ours[0].contains("mesa-vulkan-drivers") && !ours[0].contains("{}"),
        "{said}"
    );
}
