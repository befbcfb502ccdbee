//! One style as a file, `NAME.vizstyle`: a portable ZIP.
//!
//! | entry | content |
//! |---|---|
//! | `style.toml` | format, title, origin of the picture, settings that suit it |
//! | `picture.png` | the reference, its longest side at most 2048 pixels |
//! | `thumbnail.png` | a small square of it |
//! | `landmarks.json` | 68 landmarks set by the user, in widths and heights of the picture; optional |
//! | `codes.json` | style codes by the SHA-256 of the networks that made them; optional |

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalogue::archive::{ArchiveError, Entry, MOST_BYTES, pack, unpack};
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::Point;
use crate::domain::settings::{Colours, Likeness, Strength, Texture};
use crate::domain::shape::Landmarks68;
use crate::domain::style::{KnownCode, StyleCode, StyleOverrides};
use crate::pictures::thumbnail::thumbnail;
use crate::pictures::{
    Limits, PictureError, check_head, decode, decoding, png_bytes, within, write_bytes,
    write_new_bytes,
};

/// Extension of a style file.
pub(crate) const ENDING: &str = "vizstyle";

/// The newest format version that is read; new files use it.
const FORMAT: u32 = 1;

/// Longest side of the stored picture, pixels; the encoder uses 256.
const LONGEST: u32 = 2048;

/// Maximum number of codes in one file, and of numbers in one code.
const MOST_CODES: usize = 16;
const MOST_NUMBERS: usize = 4096;

/// The name of the picture in errors.
const PICTURE: &str = "its picture.png";
const THUMBNAIL: &str = "its thumbnail.png";

/// Maximum size of `style.toml` and of `landmarks.json`, bytes.
const MOST_TEXT: usize = 64 << 10;

/// Maximum length of a title or origin, letters.
const LONGEST_TEXT: usize = 200;

/// Why a style file cannot be used.
#[derive(Debug, Error)]
pub enum StyleFileError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// The file has too many bytes.
    #[error("it is larger than {} MB", MOST_BYTES >> 20)]
    TooLarge,
    /// The ZIP is broken or hostile.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An entry is missing.
    #[error("it holds no {0}")]
    Missing(&'static str),
    /// `style.toml` is invalid.
    #[error("its style.toml is wrong: {0}")]
    Manifest(String),
    /// A later version of Vizard wrote the file.
    #[error("it has format {0}, from a newer Vizard; this one reads {FORMAT}")]
    Newer(u32),
    /// `codes.json` is invalid.
    #[error("its codes.json is wrong: {0}")]
    Codes(String),
    /// `landmarks.json` is invalid.
    #[error("its landmarks.json is wrong: {0}")]
    Keypoints5(String),
    /// A reader panicked on the file.
    #[error("{0}")]
    Undecodable(String),
    /// A picture in the file is invalid.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// `style.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    title: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    look: OverrideTable,
}

/// `[look]` in `style.toml`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    strength: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texture: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    likeness: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_colours: Option<bool>,
}

/// A style file, opened and checked; the pictures are still PNG.
#[derive(Debug, Clone)]
pub(super) struct StyleFile {
    pub(super) title: String,
    /// Origin of the picture, e.g. its file name.
    pub(super) from: String,
    pub(super) look: StyleOverrides,
    pub(super) codes: Vec<KnownCode>,
    /// The facial landmarks, in widths and heights of the picture.
    fit: Option<Landmarks68>,
    picture: Vec<u8>,
    /// Empty if the file held no usable thumbnail.
    thumbnail: Vec<u8>,
}

impl StyleFile {
    /// Creates the file of a new style.
    pub(super) fn new(
        title: &str,
        from: &str,
        look: StyleOverrides,
        picture: &Picture,
    ) -> Result<Self, PictureError> {
        Ok(Self {
            title: short(title),
            from: short(from),
            look,
            codes: Vec::new(),
            fit: None,
            picture: png_bytes(&within(picture.clone(), LONGEST))?,
            thumbnail: png_bytes(&thumbnail(picture))?,
        })
    }

    /// Reads and checks the file at `path`; of its pictures, only the headers. An invalid thumbnail is left
    /// out.
    pub(super) fn read(path: &Path) -> Result<Self, StyleFileError> {
        let about = fs::metadata(path).map_err(StyleFileError::Unreadable)?;
        if !about.is_file() {
            // A pipe would block for ever.
            let why = std::io::Error::other("it is not a file");
            return Err(StyleFileError::Unreadable(why));
        }
        if about.len() > MOST_BYTES as u64 {
            return Err(StyleFileError::TooLarge);
        }
        let bytes = fs::read(path).map_err(StyleFileError::Unreadable)?;
        decoding(|| Self::from_entries(unpack(&bytes)?))
            .unwrap_or_else(|why| Err(StyleFileError::Undecodable(why)))
    }

    fn from_entries(mut entries: Vec<Entry>) -> Result<Self, StyleFileError> {
        let mut take = |name: &'static str| {
            let at = entries.iter().position(|entry| entry.name == name);
            at.map(|at| entries.swap_remove(at).bytes)
                .ok_or(StyleFileError::Missing(name))
        };
        let manifest = manifest(&take("style.toml")?)?;
        let (picture, mut thumbnail) = (take("picture.png")?, take("thumbnail.png")?);
        check_head(&picture, PICTURE, &Self::PICTURE_LIMITS)?;
        if check_head(&thumbnail, THUMBNAIL, &Self::THUMBNAIL_LIMITS).is_err() {
            thumbnail.clear();
        }
        let fit =
            take("landmarks.json").map_or_else(|_| Ok(None), |json| points(&json).map(Some))?;
        let codes = take("codes.json").map_or_else(|_| Ok(Vec::new()), |json| codes(&json))?;
        Ok(Self {
            title: short(&manifest.title),
            from: short(&manifest.from),
            look: look(&manifest.look)?,
            codes,
            fit,
            picture,
            thumbnail,
        })
    }

    /// Writes the file; replaces an existing one when the new one is complete.
    pub(super) fn write(&self, path: &Path) -> Result<(), StyleFileError> {
        Ok(write_bytes(path, &self.bytes()?)?)
    }

    /// Writes the file if none exists yet.
    pub(super) fn write_new(&self, path: &Path) -> Result<(), StyleFileError> {
        Ok(write_new_bytes(path, &self.bytes()?)?)
    }

    fn bytes(&self) -> Result<Vec<u8>, StyleFileError> {
        let manifest = Manifest {
            format: FORMAT,
            title: self.title.clone(),
            from: self.from.clone(),
            look: OverrideTable {
                strength: self.look.strength.map(Strength::get),
                texture: self.look.texture.map(Texture::get),
                likeness: self.look.likeness.map(Likeness::get),
                keep_colours: self.look.colours.map(|colours| colours == Colours::Own),
            },
        };
        let manifest = toml::to_string(&manifest)
            .map_err(|error| StyleFileError::Manifest(error.to_string()))?;
        let table = |known: &KnownCode| (known.networks.clone(), known.code.0.clone());
        let table: BTreeMap<String, Vec<f32>> = self.codes.iter().map(table).collect();
        let codes =
            serde_json::to_vec(&table).map_err(|error| StyleFileError::Codes(error.to_string()))?;
        let entry = |name: &str, bytes: &[u8]| Entry {
            name: name.into(),
            bytes: bytes.into(),
        };
        let thumbnail = if self.thumbnail.is_empty() {
            &png_bytes(&self.thumbnail()?)?
        } else {
            &self.thumbnail
        };
        let mut entries = vec![
            entry("style.toml", manifest.as_bytes()),
            entry("picture.png", &self.picture),
            entry("thumbnail.png", thumbnail),
            entry("codes.json", &codes),
        ];
        if let Some(fit) = &self.fit {
            let pairs: Vec<[f32; 2]> = fit.0.iter().map(|p| [p.x, p.y]).collect();
            let json = serde_json::to_vec(&pairs)
                .map_err(|error| StyleFileError::Keypoints5(error.to_string()))?;
            entries.push(entry("landmarks.json", &json));
        }
        Ok(pack(&entries))
    }

    /// Adds a code; it replaces one of the same networks, and the oldest is dropped if there are too many.
    pub(super) fn keep_code(&mut self, known: KnownCode) {
        self.codes.retain(|old| old.networks != known.networks);
        if self.codes.len() >= MOST_CODES {
            self.codes.remove(0);
        }
        self.codes.push(known);
    }

    /// Sets the facial landmarks, pixels of a picture of `size`.
    pub(super) fn set_fit(&mut self, fit: &Landmarks68, size: Size) {
        let share = |side: u32| 1.0 / side.max(1) as f32;
        self.fit = Some(fit.scaled(share(size.width), share(size.height)));
    }

    /// The facial landmarks, pixels of a picture of `size`.
    pub(super) fn fit(&self, size: Size) -> Option<Landmarks68> {
        let fit = self.fit.as_ref();
        fit.map(|fit| fit.scaled(size.width as f32, size.height as f32))
    }

    /// Limits of `picture.png`: the largest picture that is written, at 16 bits a channel.
    const PICTURE_LIMITS: Limits = Limits {
        max_bytes: MOST_BYTES as u64,
        max_pixels: LONGEST as u64 * LONGEST as u64,
        max_memory: 8 * LONGEST as u64 * LONGEST as u64,
        max_side: LONGEST,
    };

    /// Limits of `thumbnail.png`; a larger picture is not accepted as a thumbnail.
    const THUMBNAIL_LIMITS: Limits = Limits {
        max_bytes: MOST_BYTES as u64,
        max_pixels: 512 * 512,
        max_memory: 8 * 512 * 512,
        max_side: 512,
    };

    /// Decodes the reference.
    pub(super) fn picture(&self) -> Result<Picture, PictureError> {
        decode(&self.picture, PICTURE, &Self::PICTURE_LIMITS)
    }

    /// Decodes the thumbnail, or makes a new one from the picture if it is invalid.
    pub(super) fn thumbnail(&self) -> Result<Picture, PictureError> {
        let kept = decode(&self.thumbnail, THUMBNAIL, &Self::THUMBNAIL_LIMITS);
        match kept {
            Ok(small) if small.size().width == small.size().height => Ok(small),
            _ => self.picture().map(|picture| thumbnail(&picture)),
        }
    }
}

/// Sanitises user text: removes line breaks and other characters that a terminal would interpret.
fn short(text: &str) -> String {
    let plain = text.chars().filter(|letter| !letter.is_control());
    plain.take(LONGEST_TEXT).collect()
}

fn manifest(bytes: &[u8]) -> Result<Manifest, StyleFileError> {
    /// The fields common to all formats.
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let wrong = |error: String| StyleFileError::Manifest(error.trim().replace('\n', " "));
    if bytes.len() > MOST_TEXT {
        return Err(wrong("it is too long".into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_not_utf8| wrong("it is no text".into()))?;
    let any: Format = toml::from_str(text).map_err(|error| wrong(error.message().into()))?;
    if any.format != FORMAT {
        return Err(StyleFileError::Newer(any.format));
    }
    toml::from_str(text).map_err(|error| wrong(error.message().into()))
}

fn look(table: &OverrideTable) -> Result<StyleOverrides, StyleFileError> {
    let outside = |name: &str| StyleFileError::Manifest(format!("{name} is out of bounds"));
    let strength = table.strength.map(|value| {
        let sound = (0.0..=1.0).contains(&value);
        sound
            .then(|| Strength::clamped(value))
            .ok_or_else(|| outside("strength"))
    });
    let texture = table.texture.map(|value| {
        let sound = (Texture::ABOUT.low..=Texture::ABOUT.high).contains(&value);
        sound
            .then(|| Texture::clamped(value))
            .ok_or_else(|| outside("texture"))
    });
    let likeness = table.likeness.map(|value| {
        let sound = (0.0..=1.0).contains(&value);
        sound
            .then(|| Likeness::clamped(value))
            .ok_or_else(|| outside("likeness"))
    });
    let colours = |own| if own { Colours::Own } else { Colours::Style };
    Ok(StyleOverrides {
        strength: strength.transpose()?,
        texture: texture.transpose()?,
        likeness: likeness.transpose()?,
        colours: table.keep_colours.map(colours),
    })
}

/// Points may lie slightly outside the picture, as when a forehead is cut off.
fn points(json: &[u8]) -> Result<Landmarks68, StyleFileError> {
    let wrong = |why: &str| StyleFileError::Keypoints5(why.into());
    if json.len() > MOST_TEXT {
        return Err(wrong("it is too long"));
    }
    let pairs: Vec<[f32; 2]> =
        serde_json::from_slice(json).map_err(|_other| wrong("it is no list of points"))?;
    let sound = |pair: &[f32; 2]| pair.iter().all(|n| (-4.0..=5.0).contains(n));
    if !pairs.iter().all(sound) {
        return Err(wrong("points far outside of the picture"));
    }
    let pairs = pairs.iter().map(|&[x, y]| Point::new(x, y));
    let points: Vec<_> = pairs.collect();
    let points = points.try_into().map_err(|_all| wrong("not 68 points"))?;
    Ok(Landmarks68(points))
}

fn codes(json: &[u8]) -> Result<Vec<KnownCode>, StyleFileError> {
    let wrong = |why: String| StyleFileError::Codes(why);
    let table: BTreeMap<String, Vec<f32>> =
        serde_json::from_slice(json).map_err(|_other| wrong("it is no table of numbers".into()))?;
    let sound = |code: &Vec<f32>| {
        (1..=MOST_NUMBERS).contains(&code.len()) && code.iter().all(|number| number.is_finite())
    };
    if table.len() > MOST_CODES || !table.values().all(sound) {
        return Err(wrong("too many codes, or not numbers".into()));
    }
    let known = |(networks, numbers)| KnownCode {
        networks,
        code: StyleCode(numbers),
    };
    Ok(table.into_iter().map(known).collect())
}
