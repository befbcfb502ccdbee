//! The styles that ship: `assets/styles.toml` and its pictures.

use serde::Deserialize;

use crate::catalogue::StyleEntry;
use crate::domain::frame::Picture;
use crate::domain::settings::{Likeness, Texture};
use crate::domain::style::{StyleId, StyleOverrides};
use crate::pictures::{Limits, PictureError, decode};

/// File name and bytes of every picture in `assets/styles`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/style_files.rs"));

const LIST: &str = include_str!("../../assets/styles.toml");

#[derive(Deserialize)]
struct List {
    style: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    name: String,
    file: String,
    about: String,
    /// Size of the strokes that suits it.
    texture: Option<f32>,
    /// Likeness that suits it.
    likeness: Option<f32>,
}

fn entries() -> Vec<Entry> {
    // A list that does not parse becomes empty; a test compares it with its pictures.
    toml::from_str::<List>(LIST)
        .map(|list| list.style)
        .unwrap_or_default()
}

pub(super) fn list() -> Vec<StyleEntry> {
    let entry = |entry: Entry| StyleEntry {
        id: StyleId(entry.id),
        title: entry.name,
        about: entry.about,
        shipped: true,
    };
    entries().into_iter().map(entry).collect()
}

/// The settings that suit a style.
pub(super) fn look(id: &StyleId) -> StyleOverrides {
    let entry = entries().into_iter().find(|entry| entry.id == id.0);
    entry.map_or_else(StyleOverrides::default, |entry| StyleOverrides {
        texture: entry.texture.map(Texture::clamped),
        likeness: entry.likeness.map(Likeness::clamped),
        ..StyleOverrides::default()
    })
}

pub(super) fn picture(id: &StyleId) -> Result<Picture, PictureError> {
    let file = entries()
        .into_iter()
        .find(|entry| entry.id == id.0)
        .map(|entry| entry.file);
    let name = file
        .as_deref()
        .and_then(|file| file.rsplit('/').next())
        .unwrap_or_default();
    let bytes = FILES
        .iter()
        .find(|(file, _)| *file == name)
        .map_or(&[][..], |(_, bytes)| bytes);
    decode(bytes, &id.0, &Limits::default())
}
