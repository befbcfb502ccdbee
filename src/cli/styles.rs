//! `vizard styles`: the styles that ship and the person's own.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::options::catalogue;
use crate::cli::output::{Failure, Output};

/// Arguments of `vizard styles`.
#[derive(Debug, Clone, Args)]
pub(super) struct StylesArguments {
    #[command(subcommand)]
    task: StylesTask,
}

#[derive(Debug, Clone, Subcommand)]
enum StylesTask {
    /// Every style, one a line
    List,
    /// One style
    Show {
        /// Its name
        name: String,
    },
    /// Keep a picture as a style
    Add {
        /// Any picture
        picture: PathBuf,
        /// The style's name: lower-case letters, digits, _ and -; the file's own otherwise
        #[arg(long)]
        name: Option<String>,
    },
    /// Forget one of your own styles
    Remove {
        /// Its name
        name: String,
    },
    /// Write a style's reference picture to a PNG file
    Export {
        /// Its name
        name: String,
        /// Where to
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &StylesArguments, output: Output) -> Result<(), Failure> {
    let catalogue = catalogue();
    match &arguments.task {
        StylesTask::List => {
            let entries = catalogue.list();
            let widest = entries
                .iter()
                .map(|entry| entry.id.0.len())
                .max()
                .unwrap_or(0);
            let mut text = String::new();
            for entry in &entries {
                // Writing to a string cannot fail.
                writeln!(
                    text,
                    "{:widest$}  {}: {}",
                    entry.id.0, entry.title, entry.about
                )
                .unwrap_or_default();
            }
            output.report(&entries, &text);
        }
        StylesTask::Show { name } => {
            let entry = catalogue.entry(name)?;
            let size = catalogue.load(&entry)?.picture.size();
            let origin = if entry.shipped {
                "ships with Vizard"
            } else {
                "your own"
            };
            let text = format!(
                "{} ({})\n{}\n{size} pixels, {origin}\n",
                entry.title, name, entry.about
            );
            let value = serde_json::json!({
                "style": entry,
                "width": size.width,
                "height": size.height,
            });
            output.report(&value, &text);
        }
        StylesTask::Add { picture, name } => {
            let entry = catalogue.add(picture, name.as_deref())?;
            output.report(&entry, &format!("added {}\n", entry.id));
        }
        StylesTask::Remove { name } => {
            catalogue.remove(name)?;
            output.report(
                &serde_json::json!({ "removed": name }),
                &format!("removed {name}\n"),
            );
        }
        StylesTask::Export { name, file } => {
            catalogue.export(name, file)?;
            let text = format!("wrote {}\n", file.display());
            output.report(
                &serde_json::json!({ "exported": name, "file": file }),
                &text,
            );
        }
    }
    Ok(())
}
