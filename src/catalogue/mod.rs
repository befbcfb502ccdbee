//! [`Catalogue`]: the styles that ship and those that the user added.

// The styles that ship.
mod built_in;

// The styles that the user added: one file per style, in the user's data folder.
mod user;

// One style as a file.
mod style_file;

// The ZIP container of a style file.
mod archive;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

pub use crate::catalogue::style_file::StyleFileError;

use crate::catalogue::style_file::{ENDING, StyleFile};
use crate::domain::frame::Picture;
use crate::domain::shape::Landmarks68;
use crate::domain::style::{KnownCode, Style, StyleId, StyleOverrides};
use crate::pictures::thumbnail::thumbnail;
use crate::pictures::{Limits, PictureError, read, write_png};

/// A style could not be found, added or removed.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The name is neither a style nor a picture.
    #[error(
        "there is no style and no picture called {wanted}. Known styles: {known}. Give one of \
         them, or the path of a picture."
    )]
    Unknown {
        /// The requested name.
        wanted: String,
        /// All names.
        known: String,
    },
    /// The picture is not readable.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The style file is not usable.
    #[error("the style {path} is not used: {why}. Fetch it again, or remove it.")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: StyleFileError,
    },
    /// The name is not usable.
    #[error("{0:?} cannot be a style's name: use 1 to 40 lower-case letters, digits, _ and -")]
    BadName(String),
    /// The name is taken.
    #[error("there is a style called {0} already; choose another with --name, or remove it first")]
    Taken(StyleId),
    /// The style ships with Vizard.
    #[error("{0} ships with Vizard and cannot be removed or renamed")]
    Shipped(StyleId),
    /// There is no folder for the user's own styles.
    #[error("there is no folder for your styles; set HOME or XDG_DATA_HOME")]
    NoFolder,
    /// The system refused to write.
    #[error("{path} cannot be written: {why}")]
    Unwritable {
        /// The path to write or remove.
        path: PathBuf,
        /// The system's error.
        why: std::io::Error,
    },
}

/// One style as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StyleEntry {
    /// Unique identifier.
    #[serde(serialize_with = "id_as_text")]
    pub id: StyleId,
    /// Name for people.
    pub title: String,
    /// Description of its look.
    pub about: String,
    /// Whether it ships with Vizard.
    pub shipped: bool,
}

fn id_as_text<S: serde::Serializer>(id: &StyleId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&id.0)
}

/// All styles, those that ship first. Clones share one lock for writing.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Folder of the user's own styles.
    folder: Option<PathBuf>,
    writing: Arc<Mutex<()>>,
}

impl Catalogue {
    /// Creates a catalogue whose own styles are in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            writing: Arc::default(),
        }
    }

    /// Lists every style, those that ship first, each group in its own order. Leaves out a file that cannot
    /// be used; see [`Catalogue::refused`].
    pub fn list(&self) -> Vec<StyleEntry> {
        let own = self.folder.as_deref().map(|folder| user::list(folder).0);
        built_in::list()
            .into_iter()
            .chain(own.unwrap_or_default())
            .collect()
    }

    /// The files in the user's folder that cannot be used, each with the reason.
    pub fn refused(&self) -> Vec<String> {
        let refused = self.folder.as_deref().map(|folder| user::list(folder).1);
        let line =
            |(path, why): (PathBuf, String)| format!("{} is left out: {why}", path.display());
        refused.unwrap_or_default().into_iter().map(line).collect()
    }

    /// Finds the style called `name`, or makes one from the picture or style file at this path.
    pub fn find(&self, name: &str) -> Result<Style, CatalogueError> {
        match self.entry(name) {
            Ok(entry) => self.load(&entry),
            Err(_) if Path::new(name).exists() => Self::from_path(Path::new(name)),
            Err(unknown) => Err(self.why_refused(name).unwrap_or(unknown)),
        }
    }

    /// Why the user's own style called `name`, which is not listed, cannot be used.
    fn why_refused(&self, name: &str) -> Option<CatalogueError> {
        let path = user::path_of(self.folder.as_deref()?, &named(name).ok()?);
        // A dangling link counts as present, too.
        path.symlink_metadata().ok()?;
        let why = StyleFile::read(&path).err()?;
        Some(broken(&path, why))
    }

    /// Makes a style from the picture or style file at `path`, named after the file; stores nothing.
    pub fn from_path(path: &Path) -> Result<Style, CatalogueError> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = StyleId(slug(&stem).unwrap_or_else(|| "picture".into()));
        if is_style_file(path) {
            let read = StyleFile::read(path).and_then(|file| user::style(id, &file));
            return read.map_err(|why| broken(path, why));
        }
        let picture = read(path, &Limits::default())?;
        Ok(Style::of_picture(id, stem.into_owned(), picture))
    }

    /// Loads the picture, settings and codes of a listed style.
    pub fn load(&self, entry: &StyleEntry) -> Result<Style, CatalogueError> {
        if entry.shipped {
            let picture = built_in::picture(&entry.id)?;
            let (id, title) = (entry.id.clone(), entry.title.clone());
            return Ok(Style {
                look: built_in::look(&entry.id),
                ..Style::of_picture(id, title, picture)
            });
        }
        let folder = self.own_folder()?;
        let style = user::open(folder, &entry.id)
            .and_then(|file| user::style(entry.id.clone(), &file))
            .map(|style| Style {
                kept: true,
                ..style
            });
        style.map_err(|why| broken(&user::path_of(folder, &entry.id), why))
    }

    /// A small square picture of a listed style.
    pub fn thumbnail(&self, entry: &StyleEntry) -> Result<Picture, CatalogueError> {
        if entry.shipped {
            return Ok(thumbnail(&built_in::picture(&entry.id)?));
        }
        let folder = self.own_folder()?;
        user::thumbnail(folder, &entry.id)
            .map_err(|why| broken(&user::path_of(folder, &entry.id), why))
    }

    /// Stores the picture or style file at `path` as a style; named after the file unless `name` is given.
    /// `fit` holds the facial landmarks set by the user, if any, pixels of the picture.
    pub fn add(
        &self,
        path: &Path,
        name: Option<&str>,
        look: StyleOverrides,
        fit: Option<Landmarks68>,
    ) -> Result<StyleEntry, CatalogueError> {
        let mut style = Self::from_path(path)?;
        style.fit = fit.or(style.fit);
        if let Some(name) = name {
            style.id = named(name)?;
            if !is_style_file(path) {
                style.title = user::title_of(&style.id);
            }
        }
        let own = style.look;
        style.look = StyleOverrides {
            strength: look.strength.or(own.strength),
            colours: look.colours.or(own.colours),
            texture: look.texture.or(own.texture),
            likeness: look.likeness.or(own.likeness),
        };
        let from = path.file_name().unwrap_or_default().to_string_lossy();
        self.keep(&style, &from)
    }

    /// Stores an exported style file.
    pub fn import(&self, path: &Path, name: Option<&str>) -> Result<StyleEntry, CatalogueError> {
        let file = StyleFile::read(path).map_err(|why| broken(path, why))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = match name {
            Some(name) => named(name)?,
            None => StyleId(slug(&stem).ok_or_else(|| CatalogueError::BadName(stem.into()))?),
        };
        let style = user::style(id, &file).map_err(|why| broken(path, why))?;
        self.keep(&style, &file.from)
    }

    /// Stores a style with its settings and codes; `from` is the origin of the picture.
    pub fn keep(&self, style: &Style, from: &str) -> Result<StyleEntry, CatalogueError> {
        let folder = self.own_folder()?;
        let writing = self.lock();
        self.is_free(&style.id)?;
        std::fs::create_dir_all(folder).map_err(|why| CatalogueError::Unwritable {
            path: folder.to_path_buf(),
            why,
        })?;
        let mut file = StyleFile::new(&style.title, from, style.look, &style.picture)?;
        style
            .codes
            .iter()
            .cloned()
            .for_each(|code| file.keep_code(code));
        if let Some(fit) = &style.fit {
            file.set_fit(fit, style.picture.size());
        }
        let written = user::write_new(folder, &style.id, &file);
        drop(writing);
        written.map_err(|why| not_written(folder, &style.id, why))?;
        Ok(user::entry(style.id.clone(), &file))
    }

    /// Stores a code with one of the user's own styles, which saves recomputing it. A style that ships or
    /// is stored elsewhere is left unchanged. An old plain picture becomes a style file.
    pub fn keep_code(&self, style: &Style, code: KnownCode) -> Result<(), CatalogueError> {
        self.change(style, |file| file.keep_code(code))
    }

    /// Stores the facial landmarks, pixels of its picture, with one of the user's own styles. A style that
    /// ships or is stored elsewhere is left unchanged.
    pub fn keep_fit(&self, style: &Style, fit: &Landmarks68) -> Result<(), CatalogueError> {
        self.change(style, |file| file.set_fit(fit, style.picture.size()))
    }

    /// Changes the file of one of the user's own styles, if it still exists.
    fn change(
        &self,
        style: &Style,
        change: impl FnOnce(&mut StyleFile),
    ) -> Result<(), CatalogueError> {
        let Some(folder) = self.folder.as_deref().filter(|_| style.kept) else {
            return Ok(());
        };
        let writing = self.lock();
        let path = user::path_of(folder, &style.id);
        if !path.exists() && !user::plain_path_of(folder, &style.id).exists() {
            // It was removed in the meantime.
            return Ok(());
        }
        let kept = user::open(folder, &style.id).and_then(|mut file| {
            change(&mut file);
            user::write(folder, &style.id, &file)
        });
        drop(writing);
        kept.map_err(|why| broken(&path, why))
    }

    /// Renames one of the user's own styles; its title follows.
    pub fn rename(&self, name: &str, new_name: &str) -> Result<StyleEntry, CatalogueError> {
        let folder = self.own_folder()?;
        let old = self.own(name)?.id;
        let new = named(new_name)?;
        let writing = self.lock();
        self.is_free(&new)?;
        let path = user::path_of(folder, &old);
        let mut file = user::open(folder, &old).map_err(|why| broken(&path, why))?;
        file.title = user::title_of(&new);
        user::write_new(folder, &new, &file).map_err(|why| not_written(folder, &new, why))?;
        forget(folder, &old)?;
        drop(writing);
        Ok(user::entry(new, &file))
    }

    /// Removes one of the user's own styles.
    pub fn remove(&self, name: &str) -> Result<(), CatalogueError> {
        let folder = self.own_folder()?;
        let id = self.own(name)?.id;
        let _writing = self.lock();
        forget(folder, &id)
    }

    /// Exports a style to `path`: only its reference if the path ends in `.png`, else the whole style.
    pub fn export(&self, name: &str, path: &Path) -> Result<(), CatalogueError> {
        let entry = self.entry(name)?;
        if path.extension().is_some_and(|ending| ending == "png") {
            return Ok(write_png(path, &self.load(&entry)?.picture)?);
        }
        let file = if entry.shipped {
            let style = self.load(&entry)?;
            StyleFile::new(&style.title, "Vizard", style.look, &style.picture)?
        } else {
            let folder = self.own_folder()?;
            user::open(folder, &entry.id)
                .map_err(|why| broken(&user::path_of(folder, &entry.id), why))?
        };
        file.write(path).map_err(|why| broken(path, why))
    }

    /// The files of the user's own style called `name`, if there is one.
    pub fn files_of(&self, name: &str) -> Vec<PathBuf> {
        let (Some(folder), Ok(id)) = (self.folder.as_deref(), named(name)) else {
            return Vec::new();
        };
        let files = [user::path_of(folder, &id), user::plain_path_of(folder, &id)];
        files.into_iter().filter(|file| file.exists()).collect()
    }

    /// The listed style called `name`.
    pub fn entry(&self, name: &str) -> Result<StyleEntry, CatalogueError> {
        let all = self.list();
        let known: Vec<String> = all.iter().map(|entry| entry.id.0.clone()).collect();
        all.into_iter()
            .find(|entry| entry.id.0 == name)
            .ok_or_else(|| CatalogueError::Unknown {
                wanted: name.to_owned(),
                known: known.join(", "),
            })
    }

    /// The user's own style called `name`.
    fn own(&self, name: &str) -> Result<StyleEntry, CatalogueError> {
        let entry = self.entry(name)?;
        if entry.shipped {
            return Err(CatalogueError::Shipped(entry.id));
        }
        Ok(entry)
    }

    fn is_free(&self, id: &StyleId) -> Result<(), CatalogueError> {
        let broken_one = |folder: &PathBuf| user::path_of(folder, id).exists();
        let taken = self.list().iter().any(|entry| entry.id == *id)
            || self.folder.as_ref().is_some_and(broken_one);
        if taken {
            return Err(CatalogueError::Taken(id.clone()));
        }
        Ok(())
    }

    fn own_folder(&self) -> Result<&Path, CatalogueError> {
        self.folder.as_deref().ok_or(CatalogueError::NoFolder)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken(path: &Path, why: StyleFileError) -> CatalogueError {
    match why {
        // The picture error names the file itself.
        StyleFileError::Picture(error) if !path.exists() => CatalogueError::Picture(error),
        why => CatalogueError::File {
            path: path.to_path_buf(),
            why,
        },
    }
}

/// Why the new style `id` was not written: another program may have taken its name in the meantime.
fn not_written(folder: &Path, id: &StyleId, why: StyleFileError) -> CatalogueError {
    match why {
        StyleFileError::Picture(PictureError::Exists(_)) => CatalogueError::Taken(id.clone()),
        why => broken(&user::path_of(folder, id), why),
    }
}

fn is_style_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == ENDING)
}

fn named(name: &str) -> Result<StyleId, CatalogueError> {
    let sound = slug(name).filter(|slug| slug == name);
    let bad = || CatalogueError::BadName(name.to_owned());
    Ok(StyleId(sound.ok_or_else(bad)?))
}

/// Removes the files of a style.
fn forget(folder: &Path, id: &StyleId) -> Result<(), CatalogueError> {
    for path in [user::path_of(folder, id), user::plain_path_of(folder, id)] {
        if path.exists() {
            std::fs::remove_file(&path).map_err(|why| CatalogueError::Unwritable { path, why })?;
        }
    }
    Ok(())
}

/// Converts `text` to a style's identifier: lower case, other characters become `_`; `None` if nothing is
/// left.
fn slug(text: &str) -> Option<String> {
    const LONGEST: usize = 40;
    let fit = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let slug: String = text.to_lowercase().chars().map(fit).take(LONGEST).collect();
    let slug = slug.trim_matches('_').to_owned();
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod hostile_tests;
