//! [`Task`]: what the command line asks for.

use std::ffi::OsString;

/// Printed for `--help`, and after a wrong call.
pub(crate) const HELP: &str = "\
Sets Vizard up, starts it and checks it.

Usage: cargo xtask COMMAND

Commands:
  run [ARGUMENTS]          Install what is missing, build for speed, start `vizard live ARGUMENTS`;
                           a first argument without a dash names another command of vizard,
                           e.g. `cargo xtask run render --input a.mp4 --style ink --output b.mp4`
  setup [--cuda] [--tests] Only install what is missing: Debian packages through apt, and ONNX Runtime.
                           --cuda adds ONNX Runtime for NVIDIA GPUs with CUDA 13 and cuDNN 9
                           (1.6 GB to fetch, 2.5 GB on disk); --tests adds what the checks need
  test [--quick]           Install what is missing and run every check; --quick leaves out the library
                           alone, the documentation and the README's commands
  fuzz [--copies N]        Try N spoilt copies (3000 without it) of each kind of file that Vizard reads
  deny                     Check the licences of all dependencies against deny.toml
  bench                    Build for speed, measure, and print the change since the last time
  help                     This text

ONNX Runtime goes to ~/.local/share/vizard (or $XDG_DATA_HOME/vizard). What is there is left alone.
Exit codes: 0 done, 1 failed, 2 wrong usage.";

/// One call of `cargo xtask`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Setup {
        cuda: bool,
        tests: bool,
    },
    /// The arguments for `vizard`, its command first.
    Run(Vec<OsString>),
    Test {
        quick: bool,
    },
    /// How many spoilt copies of each sample are tried.
    Fuzz {
        copies: u32,
    },
    Deny,
    Bench,
}

/// The call makes no sense; the sentence says why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UsageError(pub(crate) String);

impl Task {
    /// Reads the arguments after `cargo xtask`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let mut arguments = arguments.into_iter();
        let Some(command) = arguments.next() else {
            return Ok(Self::Help);
        };
        let rest: Vec<OsString> = arguments.collect();
        if is_help(&command) || rest.first().is_some_and(is_help) {
            return Ok(Self::Help);
        }
        let command = command.to_string_lossy();
        match &*command {
            "run" => Ok(Self::Run(with_command(rest))),
            "setup" => {
                let [cuda, tests] = flags(&command, ["--cuda", "--tests"], &rest)?;
                Ok(Self::Setup { cuda, tests })
            }
            "test" => {
                let [quick] = flags(&command, ["--quick"], &rest)?;
                Ok(Self::Test { quick })
            }
            "fuzz" => match rest.as_slice() {
                [] => Ok(Self::Fuzz { copies: 3000 }),
                [flag, number] if flag == "--copies" => {
                    let copies = number.to_string_lossy().parse();
                    let copies = copies.map_err(|_not_a_number| {
                        UsageError("--copies needs a number.".to_owned())
                    })?;
                    Ok(Self::Fuzz { copies })
                }
                _ => Err(UsageError("`fuzz` takes --copies N alone.".to_owned())),
            },
            "deny" => flags(&command, [], &rest).map(|[]| Self::Deny),
            "bench" => flags(&command, [], &rest).map(|[]| Self::Bench),
            other => Err(UsageError(format!("there is no command `{other}`."))),
        }
    }
}

fn is_help(argument: &OsString) -> bool {
    argument == "--help" || argument == "-h" || argument == "help"
}

/// Puts `live` in front, unless the first argument already names a command.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let names_command = arguments
        .first()
        .is_some_and(|first| !first.to_string_lossy().starts_with('-'));
    if !names_command {
        arguments.insert(0, "live".into());
    }
    arguments
}

/// Which of the flags `known` were given; anything else is an error.
fn flags<const N: usize>(
    command: &str,
    known: [&str; N],
    given: &[OsString],
) -> Result<[bool; N], UsageError> {
    if let Some(unknown) = given.iter().find(|g| !known.iter().any(|k| g == k)) {
        return Err(UsageError(format!(
            "`{command}` does not know `{}`; it knows {}.",
            unknown.to_string_lossy(),
            known.join(" and ")
        )));
    }
    Ok(known.map(|k| given.iter().any(|g| g == k)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, UsageError> {
        Task::parse(line.split_whitespace().map(OsString::from))
    }

    fn run(line: &str) -> Task {
        Task::Run(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn no_argument_and_every_way_to_ask_for_help_give_help() {
        for line in ["", "help", "-h", "--help", "run --help", "test -h"] {
            assert_eq!(parse(line), Ok(Task::Help), "{line}");
        }
    }

    #[test]
    fn run_starts_live_unless_another_command_is_named() {
        assert_eq!(parse("run"), Ok(run("live")));
        assert_eq!(parse("run --camera 1"), Ok(run("live --camera 1")));
        assert_eq!(parse("run live --camera 1"), Ok(run("live --camera 1")));
        assert_eq!(parse("run styles list"), Ok(run("styles list")));
        assert_eq!(parse("run doctor --help"), Ok(run("doctor --help")));
    }

    #[test]
    fn flags_are_read_in_any_order() {
        let both = Task::Setup {
            cuda: true,
            tests: true,
        };
        assert_eq!(parse("setup --tests --cuda"), Ok(both));
        assert_eq!(parse("test"), Ok(Task::Test { quick: false }));
        assert_eq!(parse("test --quick"), Ok(Task::Test { quick: true }));
        assert_eq!(parse("fuzz"), Ok(Task::Fuzz { copies: 3000 }));
        assert_eq!(parse("fuzz --copies 7"), Ok(Task::Fuzz { copies: 7 }));
        assert!(parse("fuzz --copies many").is_err());
    }

    #[test]
    fn unknown_commands_and_flags_are_refused_by_name() {
        let refusal = |line: &str| parse(line).map_err(|UsageError(what)| what);

        assert_eq!(refusal("fly"), Err("there is no command `fly`.".to_owned()));
        assert_eq!(
            refusal("setup --gpu"),
            Err("`setup` does not know `--gpu`; it knows --cuda and --tests.".to_owned())
        );
    }
}
