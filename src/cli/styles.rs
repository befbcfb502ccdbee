//! `vizard styles`: the styles that ship and the person's own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::catalogue::Catalogue;
use crate::cli::options::{NetworkArguments, StyleOverrideArguments, catalogue, style_files};
use crate::cli::output::{Failure, Output};
use crate::cli::paths::Paths;
use crate::domain::control::ReferenceFace;
use crate::domain::fit::PointsError;
use crate::domain::shape::Landmarks68;
use crate::domain::style::Style;
use crate::pictures::write_bytes;
use crate::pipeline::networks::Networks;

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
        overrides: StyleOverrideArguments,
        /// The face's 68 points, where they are found wrong: iBUG 300-W's, one a line, x and y in
        /// pixels of the picture
        #[arg(long, value_name = "FILE")]
        landmarks: Option<PathBuf>,
    },
    /// Say where the face of a reference is found
    Face {
        /// A style's name or the path of any picture
        #[arg(value_name = "PICTURE|NAME")]
        style: String,
        /// Write its 68 points to this file, which `vizard styles add --landmarks` takes
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        networks: NetworkArguments,
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
        StylesTask::Show { name } => show(&catalogue, name, output)?,
        StylesTask::Add {
            picture,
            name,
            overrides,
            landmarks,
        } => {
            let fit = landmarks.as_deref().map(fit).transpose()?;
            let entry = catalogue.add(picture, name.as_deref(), overrides.overrides(), fit)?;
            output.report(&entry, &format!("added {}\n", entry.id));
        }
        StylesTask::Face {
            style,
            output: points,
            networks,
        } => {
            let paths = networks.add_to(Paths::default());
            style_files(paths, "PICTURE", Some(style), &catalogue)
                .written_if("--output", points.as_deref())
                .check()?;
            let style = catalogue.find(style)?;
            let face = match ReferenceFace::given(&style) {
                Some(face) => Some(face),
                None => Networks::open_reference_face_finder(&networks.choice())?.face_of(&style),
            };
            tell_face(&style, face.as_ref(), points.as_deref(), output)?;
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
            style_files(Paths::default(), "NAME", Some(name), &catalogue)
                .written("FILE", file)
                .check()?;
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

/// Says where the face lies, and writes its points to `points`.
fn tell_face(
    style: &Style,
    face: Option<&ReferenceFace>,
    points: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let Some(face) = face else {
        return Err(Failure::new(format!(
            "{} shows no face that could be used; give its 68 points with \
             `vizard styles add PICTURE --landmarks FILE`, or place them in the window",
            style.id
        )));
    };
    let shape = face.shape.as_in_files();
    let pairs: Vec<[f32; 2]> = shape.0.iter().map(|p| [p.x, p.y]).collect();
    if let Some(path) = points {
        let lines: Vec<String> = pairs
            .iter()
            .map(|[x, y]| format!("{x:.1} {y:.1}\n"))
            .collect();
        write_bytes(path, lines.concat().as_bytes())?;
    }
    let nose = face.shape.0[30];
    let text = format!(
        "{}: a face, its nose at {:.0}, {:.0}, {:.0} % sure\n",
        style.id,
        nose.x,
        nose.y,
        face.sure * 100.0
    );
    let value = serde_json::json!({ "style": style.id.0, "sure": face.sure, "large": face.large, "landmarks": pairs });
    output.report(&value, &text);
    Ok(())
}

/// The points in a file, as the landmark network would set them.
fn fit(path: &Path) -> Result<Landmarks68, Failure> {
    let wrong = |why: String| Failure::new(format!("{} is no face: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
    let shape: Landmarks68 = text
        .parse()
        .map_err(|why: PointsError| wrong(why.to_string()))?;
    Ok(shape.from_files())
}

fn show(catalogue: &Catalogue, name: &str, output: Output) -> Result<(), Failure> {
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
    Ok(())
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
