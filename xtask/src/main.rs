//! `cargo xtask`: sets Vizard up, starts it and checks it.
//!
//! | code | meaning      |
//! |------|--------------|
//! | 0    | done         |
//! | 1    | failed       |
//! | 2    | wrong usage  |

/// What the command line asks for.
mod arguments;

/// `cargo xtask bench`.
mod bench;

/// `cargo xtask test`.
mod check;

/// The one error of this program: a sentence for a person.
mod failure;

/// Where things lie.
mod places;

/// What must be installed, and how it gets here.
mod setup;

/// Child processes.
mod shell;

/// `cargo xtask run`.
mod start;

use std::process::ExitCode;

use crate::arguments::{HELP, Task, UsageError};
use crate::failure::Failure;
use crate::places::Places;

fn main() -> ExitCode {
    let task = match Task::parse(std::env::args_os().skip(1)) {
        Ok(task) => task,
        Err(UsageError(what)) => {
            eprintln!("error: {what}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match carry_out(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(task: &Task) -> Result<(), Failure> {
    match task {
        Task::Help => {
            println!("{HELP}");
            Ok(())
        }
        Task::Setup { cuda, tests } => {
            let places = Places::of_this_process()?;
            setup::prepare(&places, *tests)?;
            if *cuda {
                setup::prepare_cuda(&places)?;
            }
            println!("The set-up is done. Next: cargo xtask run");
            Ok(())
        }
        Task::Run(arguments) => {
            let places = Places::of_this_process()?;
            setup::prepare(&places, false)?;
            start::build_and_start(&places, arguments)
        }
        Task::Fuzz { copies } => check::fuzz(&Places::of_this_process()?, *copies),
        Task::Deny => check::licences::check(&Places::of_this_process()?),
        Task::Bench => bench::run(&Places::of_this_process()?),
        Task::Test { quick } => check::run_all(&Places::of_this_process()?, *quick),
    }
}
