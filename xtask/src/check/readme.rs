//! The commands that the README promises: every line of a block that opens with <code>```sh
//! run</code> must work as it stands, in an empty folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::check::display::Display;
use crate::failure::Failure;
use crate::places::Places;
use crate::shell;

/// Opens a block that is run.
const FENCE: &str = "```sh run";

/// No command of the README may take longer, in seconds.
const LIMIT: &str = "600";

/// Runs the commands one by one, up to the first that fails.
pub(super) fn run_commands(places: &Places, display: &Display) -> Result<(), Failure> {
    let file = places.root.join("README.md");
    let text = fs::read_to_string(&file)
        .map_err(|why| Failure::because(&format!("read {}", file.display()), why))?;
    let commands = commands(&text);
    if commands.is_empty() {
        return Err(Failure::new(format!(
            "README.md has no command in a block that opens with {FENCE}, so nothing was checked."
        )));
    }
    let room = Room::new(places)
        .map_err(|why| Failure::because("make a folder for the README's commands", why))?;
    for (line, command) in commands {
        println!("$ {command}");
        shell::run(&mut room.shell(places, display, &command)?)
            .map_err(|_why| Failure::new(format!("line {line} of README.md failed: {command}")))?;
    }
    Ok(())
}

/// The commands of `text` with the number of the line that each starts on. A backslash at the end
/// of a line joins it with the next one; comments and empty lines are left out.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut commands: Vec<(usize, String)> = Vec::new();
    // Outside of a block, or in one that is run, or in one that is only read.
    let mut block_runs: Option<bool> = None;
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        match block_runs {
            None if line.starts_with("```") => block_runs = Some(line == FENCE),
            Some(_) if line == "```" => block_runs = None,
            _ => {}
        }
        let is_command = !line.is_empty() && !line.starts_with(['#', '`']);
        if block_runs != Some(true) || !is_command {
            goes_on = false;
            continue;
        }
        let part = line.strip_suffix('\\').unwrap_or(line).trim_end();
        match commands.last_mut() {
            Some((_, command)) if goes_on => {
                command.push(' ');
                command.push_str(part);
            }
            _ => commands.push((number, part.to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// A folder for the commands with a home of its own, so that the user's styles stay as they are.
struct Room {
    folder: PathBuf,
}

impl Room {
    fn new(places: &Places) -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("vizard-readme-{}", std::process::id()));
        let room = Self { folder };
        fs::create_dir_all(room.work())?;
        let data = room.home().join(".local/share/vizard");
        fs::create_dir_all(&data)?;
        link(&places.data.join("onnxruntime"), &data.join("onnxruntime"))?;
        Ok(room)
    }

    /// Where the commands run.
    fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    fn shell(&self, places: &Places, display: &Display, command: &str) -> Result<Command, Failure> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = [places.built("debug")];
        let path = env::join_paths(program.into_iter().chain(env::split_paths(&path)))
            .map_err(|why| Failure::because("put the program on the PATH", why))?;
        let mut shell = Command::new("timeout");
        shell
            .args([LIMIT, "sh", "-c", command])
            .current_dir(self.work())
            .env("PATH", path)
            .env("HOME", self.home())
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME");
        display.give_to(&mut shell);
        Ok(shell)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.folder) {
            println!("note: {} stays: {why}.", self.folder.display());
        }
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_text(text: &str) -> Vec<String> {
        commands(text).into_iter().map(|(_, c)| c).collect()
    }

    #[test]
    fn only_blocks_marked_to_run_are_run() {
        let text = "# Title\n```sh\ncargo install\n```\n```sh run\nvizard doctor\n```\nvizard no\n\
                    ```text\n```\n```sh run\nvizard bench\n```\n";

        assert_eq!(
            commands(text),
            [
                (6, "vizard doctor".to_owned()),
                (12, "vizard bench".to_owned())
            ]
        );
    }

    #[test]
    fn a_marked_fence_inside_another_block_is_text() {
        let text = "```text\necho a\n```sh run\nvizard doctor\n```\n";

        assert!(commands(text).is_empty());
    }

    #[test]
    fn comments_and_empty_lines_are_left_out_and_long_lines_joined() {
        let text = "```sh run\n# a still picture\n\nvizard render --input a.png \\\n  --style ink \\\n\
                    --output b.png\nvizard doctor\n```\n";

        assert_eq!(
            only_text(text),
            [
                "vizard render --input a.png --style ink --output b.png",
                "vizard doctor"
            ]
        );
    }
}
