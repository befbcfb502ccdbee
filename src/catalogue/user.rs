//! The user's own styles: `ID.vizstyle` files in one folder. It also reads the plain `ID.png` files of
//! earlier versions; they become style files at their next use.

use std::path::{Path, PathBuf};

use crate::catalogue::style_file::{ENDING, StyleFile, StyleFileError};
use crate::catalogue::{StyleEntry, slug};
use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleId, StyleOverrides};
use crate::pictures::{Limits, check_file, read};

/// Extension of a plain picture.
const PLAIN: &str = "png";

/// A file in the folder that cannot be used, and why, in plain words.
pub(super) type Refused = (PathBuf, String);

/// The path of a style's file.
pub(super) fn path_of(folder: &Path, id: &StyleId) -> PathBuf {
    folder.join(format!("{}.{ENDING}", id.0))
}

/// The path of the plain picture of a style not yet converted.
pub(super) fn plain_path_of(folder: &Path, id: &StyleId) -> PathBuf {
    folder.join(format!("{}.{PLAIN}", id.0))
}

/// Makes a name for people: `my_red` becomes `My red`.
pub(super) fn title_of(id: &StyleId) -> String {
    let words = id.0.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Opens the style's file, or makes one from its plain picture.
pub(super) fn open(folder: &Path, id: &StyleId) -> Result<StyleFile, StyleFileError> {
    let plain = plain_path_of(folder, id);
    let path = path_of(folder, id);
    if path.exists() || !plain.exists() {
        return StyleFile::read(&path);
    }
    let picture = read(&plain, &Limits::default())?;
    let from = format!("{}.{PLAIN}", id.0);
    Ok(StyleFile::new(
        &title_of(id),
        &from,
        StyleOverrides::default(),
        &picture,
    )?)
}

/// Writes the file of a style whose name must be free: another program may take it in the meantime.
pub(super) fn write_new(
    folder: &Path,
    id: &StyleId,
    file: &StyleFile,
) -> Result<(), StyleFileError> {
    file.write_new(&path_of(folder, id))
}

/// Rewrites the style's file; removes a plain picture of it.
pub(super) fn write(folder: &Path, id: &StyleId, file: &StyleFile) -> Result<(), StyleFileError> {
    file.write(&path_of(folder, id))?;
    let plain = plain_path_of(folder, id);
    if plain.exists()
        && let Err(error) = std::fs::remove_file(&plain)
    {
        // The style file is looked up first, so the old picture does no harm.
        tracing::warn!(%error, path = %plain.display(), "an old style picture stays");
    }
    Ok(())
}

/// Makes the style from `file`.
pub(super) fn style(id: StyleId, file: &StyleFile) -> Result<Style, StyleFileError> {
    let picture = file.picture()?;
    Ok(Style {
        look: file.look,
        codes: file.codes.clone(),
        fit: file.fit(picture.size()),
        ..Style::of_picture(id, file.title.clone(), picture)
    })
}

/// A thumbnail of the style.
pub(super) fn thumbnail(folder: &Path, id: &StyleId) -> Result<Picture, StyleFileError> {
    Ok(open(folder, id)?.thumbnail()?)
}

pub(super) fn entry(id: StyleId, file: &StyleFile) -> StyleEntry {
    let about = match file.from.as_str() {
        "" => "your own".into(),
        from => format!("your own, from {from}"),
    };
    StyleEntry {
        id,
        title: file.title.clone(),
        about,
        shipped: false,
    }
}

/// Lists all styles of the folder, by name, and the files that cannot be used. A missing folder is empty.
pub(super) fn list(folder: &Path) -> (Vec<StyleEntry>, Vec<Refused>) {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for path in style_paths(folder) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let plain = path.extension().is_some_and(|ending| ending == PLAIN);
        if plain && path.with_extension(ENDING).exists() {
            continue;
        }
        if slug(&stem).is_none_or(|sound| sound != stem) {
            let why = "its name is no style's name; `vizard styles import` takes it in";
            refused.push((path.clone(), why.into()));
            continue;
        }
        let id = StyleId(stem.into_owned());
        if plain {
            if let Err(error) = check_file(&path, &Limits::default()) {
                refused.push((path, error.to_string()));
                continue;
            }
            let title = title_of(&id);
            entries.push(StyleEntry {
                id,
                title,
                about: "your own".into(),
                shipped: false,
            });
            continue;
        }
        match StyleFile::read(&path) {
            Ok(file) => entries.push(entry(id, &file)),
            Err(error) => refused.push((path, error.to_string())),
        }
    }
    (entries, refused)
}

/// Candidate files, by name.
fn style_paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_style = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == ENDING || ending == PLAIN)
    };
    let mut paths: Vec<PathBuf> = files
        .flatten()
        .map(|file| file.path())
        .filter(is_style)
        .collect();
    paths.sort();
    paths
}
