//! [`Display`]: an X server without a screen, which ends with its owner.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::shell;

/// A running Xvfb of 1400 by 900 pixels, on a free display number of its own choice.
#[derive(Debug)]
pub(super) struct Display {
    server: Child,
    /// For instance `:99`.
    name: String,
}

impl Display {
    /// Starts the server and waits until it takes windows.
    pub(super) fn start() -> Result<Self, Failure> {
        let no_display = |why: &dyn std::fmt::Display| {
            Failure::new(format!(
                "the windows under test need Xvfb, and it did not start: {why}. Install the \
                 package xvfb."
            ))
        };
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x900x24"])
            .args(["-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| no_display(&why))?;
        let output = server.stdout.take();
        let mut display = Self {
            server,
            name: String::new(),
        };
        // The server writes its number when it is ready, or closes the pipe when it gives up.
        let mut number = String::new();
        if let Some(output) = output {
            BufReader::new(output)
                .read_line(&mut number)
                .map_err(|why| no_display(&why))?;
        }
        let number = number.trim();
        if number.is_empty() {
            return Err(no_display(&"it ended at once"));
        }
        display.name = format!(":{number}");
        Ok(display)
    }

    /// Lets `command` open its windows here, and nowhere else.
    pub(super) fn give_to(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Asked politely first, because a killed server leaves its lock file and its socket.
        let asked = shell::succeeds(Command::new("kill").arg(self.server.id().to_string()));
        let ended = if asked {
            self.server.wait().map(drop)
        } else {
            self.server.kill()
        };
        if let Err(why) = ended {
            println!("note: Xvfb on {} did not end: {why}.", self.name);
        }
    }
}
