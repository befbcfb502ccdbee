//! `vizard styles`: the styles that ship and the person's own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::catalogue::Catalogue;
use crate::cli::options::{SuitingArguments, catalogue};
use crate::cli::output::{Failure, Output};
use crate::domain::fit::PointsError;
use crate::domain::shape::FaceShape;

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
    /// Keep a picture as a style, with the knobs that suit it
    Add {
        /// Any picture
        picture: PathBuf,
        /// The style's name: lower-case letters, digits, _ and -; the file's own otherwise
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        suiting: SuitingArguments,
        /// The face's 68 points, where they are found wrong: iBUG order, one a line, x and y in
        /// pixels of the picture
        #[arg(long, value_name = "FILE")]
        landmarks: Option<PathBuf>,
    },
    /// Keep a style that somebody exported
    Import {
        /// NAME.vizstyle
        file: PathBuf,
        /// The style's name: lower-case letters, digits, _ and -; the file's own otherwise
        #[arg(long)]
        name: Option<String>,
    },
    /// Give one of your own styles another name
    Rename {
        /// Its name
        name: String,
        /// Its new name: lower-case letters, digits, _ and -
        new_name: String,
    },
    /// Forget one of your own styles
    Remove {
        /// Its name
        name: String,
    },
    /// Write a style to a file that others can import, or its reference picture to a PNG file
    Export {
        /// Its name
        name: String,
        /// Where to: FILE.vizstyle, or FILE.png for the picture alone
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &StylesArguments, output: Output) -> Result<(), Failure> {
    let catalogue = catalogue();
    match &arguments.task {
        StylesTask::List => list(&catalogue, output),
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
        StylesTask::Add {
            picture,
            name,
            suiting,
            landmarks,
        } => {
            let fit = landmarks.as_deref().map(fit).transpose()?;
            let entry = catalogue.add(picture, name.as_deref(), suiting.look(), fit)?;
            output.report(&entry, &format!("added {}\n", entry.id));
        }
        StylesTask::Import { file, name } => {
            let entry = catalogue.import(file, name.as_deref())?;
            output.report(&entry, &format!("imported {}\n", entry.id));
        }
        StylesTask::Rename { name, new_name } => {
            let entry = catalogue.rename(name, new_name)?;
            output.report(&entry, &format!("renamed {name} to {}\n", entry.id));
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

/// The points in a file.
fn fit(path: &Path) -> Result<FaceShape, Failure> {
    let wrong = |why: String| Failure::new(format!("{} is no face: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
    let shape: FaceShape = text
        .parse()
        .map_err(|why: PointsError| wrong(why.to_string()))?;
    Ok(shape)
}

fn list(catalogue: &Catalogue, output: Output) {
    for refused in catalogue.refused() {
        output.note(&refused);
    }
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
