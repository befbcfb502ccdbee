//! [`Retired`]: options that are gone. Each is refused with what to use instead, so that an old script
//! tells what to change.

use clap::error::Error;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// Names, and what does their work now.
const RETIRED: [(&str, &str); 2] = [
    ("cover", "use --region face or --region head"),
    (
        "painter",
        "the brush needs no graphics card, so leave it out",
    ),
];

/// Refuses what is gone; holds nothing.
#[derive(Debug, Clone)]
pub(super) struct Retired;

impl Args for Retired {
    fn augment_args(command: Command) -> Command {
        RETIRED
            .into_iter()
            .fold(command, |command, (name, instead)| {
                let refuse = move |_: &str| -> Result<String, String> {
                    Err(format!("there is no --{name} any more: {instead}"))
                };
                let gone = Arg::new(name).long(name).hide(true).num_args(0..=1);
                command.arg(gone.default_missing_value("").value_parser(refuse))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Retired {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_wrong_usage_with_the_way_out() {
        for arguments in [&["x", "--cover", "face"][..], &["x", "--cover"]] {
            let parsed = Retired::augment_args(Command::new("x")).try_get_matches_from(arguments);

            let error = parsed.unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("--region head"), "{error}");
        }
        let plain = Retired::augment_args(Command::new("x")).try_get_matches_from(["x"]);
        assert!(plain.is_ok());
    }
}
