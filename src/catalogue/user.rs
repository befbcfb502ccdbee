//! The person's own styles: `ID.png` files in one folder.

use std::path::{Path, PathBuf};

use crate::catalogue::StyleEntry;
use crate::domain::style::StyleId;

/// The picture of a style.
pub(super) fn path_of(folder: &Path, id: &StyleId) -> PathBuf {
    folder.join(format!("{}.png", id.0))
}

/// A name for people: `my_red` becomes `My red`.
pub(super) fn title_of(id: &StyleId) -> String {
    let words = id.0.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

pub(super) fn entry(id: StyleId) -> StyleEntry {
    let title = title_of(&id);
    StyleEntry {
        id,
        title,
        about: "your own".into(),
        shipped: false,
    }
}

/// All styles of the folder, by name. A folder that is not there holds none.
pub(super) fn list(folder: &Path) -> Vec<StyleEntry> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut ids: Vec<StyleId> = files
        .flatten()
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "png"))
        .filter_map(|path| {
            path.file_stem()
                .map(|s| StyleId(s.to_string_lossy().into_owned()))
        })
        .collect();
    ids.sort();
    ids.into_iter().map(entry).collect()
}
