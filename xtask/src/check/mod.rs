//! `cargo xtask test`: every check, in order, up to the first that fails.

/// A display without a screen.
mod display;

/// Which licences the dependencies have.
pub(crate) mod licences;

/// The commands that the README promises.
mod readme;

use std::process::Command;
use std::time::{Duration, Instant};

use crate::check::display::Display;
use crate::failure::Failure;
use crate::places::Places;
use crate::{setup, shell};

/// One check.
struct Step {
    name: &'static str,
    /// Part of `--quick` too.
    quick: bool,
    run: fn(&Places) -> Result<(), Failure>,
}

const STEPS: [Step; 8] = [
    Step {
        name: "set-up",
        quick: true,
        run: |places| setup::prepare(places, true),
    },
    Step {
        name: "format",
        quick: true,
        run: |places| run(cargo(places, "fmt --all --check")),
    },
    Step {
        name: "lints",
        quick: true,
        run: |places| {
            run(cargo(
                places,
                "clippy --workspace --all-targets -- -D warnings",
            ))
        },
    },
    Step {
        name: "licences",
        quick: true,
        run: licences::check,
    },
    Step {
        name: "tests",
        quick: true,
        run: tests,
    },
    Step {
        name: "README's commands",
        quick: false,
        run: readme_commands,
    },
    Step {
        name: "documentation",
        quick: false,
        run: |places| {
            let mut doc = cargo(places, "doc --workspace --no-deps");
            doc.env("RUSTDOCFLAGS", "-D warnings");
            run(doc)
        },
    },
    Step {
        name: "lints of the library alone",
        quick: false,
        run: |places| {
            run(cargo(
                places,
                "clippy --package vizard --no-default-features -- -D warnings",
            ))
        },
    },
];

/// Runs the steps and prints what became of each.
pub(crate) fn run_all(places: &Places, quick: bool) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let mut failed: Option<(&str, Failure)> = None;
    for step in STEPS.iter().filter(|step| step.quick || !quick) {
        if failed.is_some() {
            lines.push(format!("not run            {}", step.name));
            continue;
        }
        println!("\n==> {}", step.name);
        let start = now();
        let result = (step.run)(places);
        let took = start.elapsed();
        let word = if result.is_ok() { "ok     " } else { "FAILED " };
        lines.push(format!("{word} {}  {}", seconds(took), step.name));
        failed = result.err().map(|failure| (step.name, failure));
    }
    println!("\n==> summary\n{}", lines.join("\n"));
    match failed {
        None => Ok(()),
        Some((name, failure)) => Err(Failure::new(format!("{name}: {failure}"))),
    }
}

/// Tries so many spoilt copies of each kind of file.
pub(crate) fn fuzz(places: &Places, copies: u32) -> Result<(), Failure> {
    for target in ["--lib", "--test=hostile_files"] {
        let mut tests = cargo(places, &format!("test --release {target} -- spoilt"));
        tests.env("VIZARD_FUZZ_COPIES", copies.to_string());
        run(tests)?;
    }
    Ok(())
}

/// All tests, those of the window on a display of their own.
fn tests(places: &Places) -> Result<(), Failure> {
    let display = Display::start()?;
    let mut tests = cargo(places, "test --workspace");
    // What the set-up brought: where it is missing all the same, its tests fail and are not skipped.
    tests.env("VIZARD_REQUIRE", "ffmpeg,display,gpu,mkfifo");
    display.give_to(&mut tests);
    run(tests)
}

/// The README's commands, with the program that the tests were run on.
fn readme_commands(places: &Places) -> Result<(), Failure> {
    run(cargo(places, "test --workspace --no-run"))?;
    let display = Display::start()?;
    readme::run_commands(places, &display)
}

/// `cargo WORDS` in the root of the repository.
fn cargo(places: &Places, words: &str) -> Command {
    let mut cargo = shell::cargo();
    cargo
        .args(words.split_whitespace())
        .current_dir(&places.root);
    cargo
}

fn run(mut command: Command) -> Result<(), Failure> {
    println!("{}", shell::line_of(&command));
    shell::run(&mut command)
}

/// The time of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "these times are told to a person; nothing is replayed from them"
)]
fn now() -> Instant {
    Instant::now()
}

/// Ten characters, such as ` 12 m 03 s`.
fn seconds(took: Duration) -> String {
    let (minutes, rest) = (took.as_secs() / 60, took.as_secs() % 60);
    if minutes == 0 {
        return format!("{:>8.1} s", took.as_secs_f64());
    }
    format!("{minutes:>3} m {rest:02} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_line_up() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "     1.2 s");
        assert_eq!(seconds(Duration::from_secs(723)), " 12 m 03 s");
    }
}
