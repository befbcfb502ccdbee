//! [`Catalogue`]: the styles that ship and those that the person added.

// The styles that ship.
mod built_in;

// The styles that the person added: one picture a style, in the user's data folder.
mod user;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::domain::style::{Style, StyleId};
use crate::pictures::{Limits, PictureError, read, write_png};

/// A style could not be had, added or removed.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// Neither a style nor a picture.
    #[error(
        "there is no style and no picture called {wanted}. Known styles: {known}. Give one of \
         them, or the path of a picture."
    )]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// All names.
        known: String,
    },
    /// The picture is not readable.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The name is not usable.
    #[error("{0:?} cannot be a style's name: use 1 to 40 lower-case letters, digits, _ and -")]
    BadName(String),
    /// The name is taken.
    #[error("there is a style called {0} already; choose another with --name, or remove it first")]
    Taken(StyleId),
    /// The style ships with Vizard.
    #[error("{0} ships with Vizard and cannot be removed")]
    Shipped(StyleId),
    /// There is no place for the person's own styles.
    #[error("there is no folder for your styles; set HOME or XDG_DATA_HOME")]
    NoFolder,
    /// The system refused.
    #[error("{path} cannot be written: {why}")]
    Unwritable {
        /// What was to be written or removed.
        path: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
}

/// One style as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StyleEntry {
    /// Unique name.
    #[serde(serialize_with = "id_as_text")]
    pub id: StyleId,
    /// Name for people.
    pub title: String,
    /// What it looks like.
    pub about: String,
    /// Whether it ships with Vizard.
    pub shipped: bool,
}

fn id_as_text<S: serde::Serializer>(id: &StyleId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&id.0)
}

/// All styles, those that ship first.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Where the person's own styles lie.
    folder: Option<PathBuf>,
}

impl Catalogue {
    /// A catalogue whose own styles lie in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Every style, those that ship first, each group in its own order.
    pub fn list(&self) -> Vec<StyleEntry> {
        let own = self.folder.as_deref().map(user::list).unwrap_or_default();
        built_in::list().into_iter().chain(own).collect()
    }

    /// The style called `name`, or the one that the picture at this path makes.
    pub fn find(&self, name: &str) -> Result<Style, CatalogueError> {
        if let Some(entry) = self.list().into_iter().find(|entry| entry.id.0 == name) {
            return self.load(&entry);
        }
        let path = Path::new(name);
        if path.exists() {
            return Self::from_picture(path);
        }
        let known: Vec<String> = self.list().into_iter().map(|entry| entry.id.0).collect();
        Err(CatalogueError::Unknown {
            wanted: name.to_owned(),
            known: known.join(", "),
        })
    }

    /// A style of the picture at `path`, named after the file; nothing is kept.
    pub fn from_picture(path: &Path) -> Result<Style, CatalogueError> {
        let picture = read(path, &Limits::default())?;
        let title = path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default();
        let id = slug(&title).unwrap_or_else(|| "picture".into());
        Ok(Style {
            id: StyleId(id),
            title,
            picture: Arc::new(picture),
        })
    }

    /// The picture of a listed style.
    pub fn load(&self, entry: &StyleEntry) -> Result<Style, CatalogueError> {
        let picture = if entry.shipped {
            built_in::picture(&entry.id)?
        } else {
            let path = user::path_of(self.own_folder()?, &entry.id);
            read(&path, &Limits::default())?
        };
        Ok(Style {
            id: entry.id.clone(),
            title: entry.title.clone(),
            picture: Arc::new(picture),
        })
    }

    /// Keeps the picture at `path` as a style; named after the file unless `name` is given.
    pub fn add(&self, path: &Path, name: Option<&str>) -> Result<StyleEntry, CatalogueError> {
        let mut style = Self::from_picture(path)?;
        if let Some(name) = name {
            let sound = slug(name).filter(|slug| slug == name);
            style.id = StyleId(sound.ok_or_else(|| CatalogueError::BadName(name.to_owned()))?);
            style.title = user::title_of(&style.id);
        }
        self.keep(&style)
    }

    /// Keeps a style.
    pub fn keep(&self, style: &Style) -> Result<StyleEntry, CatalogueError> {
        if self.list().iter().any(|entry| entry.id == style.id) {
            return Err(CatalogueError::Taken(style.id.clone()));
        }
        let folder = self.own_folder()?;
        std::fs::create_dir_all(folder).map_err(|why| CatalogueError::Unwritable {
            path: folder.to_path_buf(),
            why,
        })?;
        write_png(&user::path_of(folder, &style.id), &style.picture)?;
        Ok(user::entry(style.id.clone()))
    }

    /// Forgets one of the person's own styles.
    pub fn remove(&self, name: &str) -> Result<(), CatalogueError> {
        let entry = self.entry(name)?;
        if entry.shipped {
            return Err(CatalogueError::Shipped(entry.id));
        }
        let path = user::path_of(self.own_folder()?, &entry.id);
        std::fs::remove_file(&path).map_err(|why| CatalogueError::Unwritable { path, why })
    }

    /// Writes the reference picture of a style to `path`, as PNG.
    pub fn export(&self, name: &str, path: &Path) -> Result<(), CatalogueError> {
        let style = self.load(&self.entry(name)?)?;
        Ok(write_png(path, &style.picture)?)
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

    fn own_folder(&self) -> Result<&Path, CatalogueError> {
        self.folder.as_deref().ok_or(CatalogueError::NoFolder)
    }
}

/// `text` as a style's name: lower case, other characters become `_`; `None` if nothing is left.
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
mod tests {
    use super::*;
    use crate::domain::frame::{Picture, Size};

    fn catalogue() -> (tempfile::TempDir, Catalogue) {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::new(Some(folder.path().join("styles")));
        (folder, catalogue)
    }

    #[test]
    fn every_shipped_style_has_a_picture() {
        let (_folder, catalogue) = catalogue();
        let shipped = catalogue.list();

        assert!(shipped.len() >= 8, "{}", shipped.len());
        for entry in shipped {
            let style = catalogue.load(&entry).unwrap();
            assert!(style.picture.size().width >= 256, "{}", entry.id);
        }
    }

    #[test]
    fn a_picture_is_added_listed_exported_and_removed() {
        let (folder, catalogue) = catalogue();
        let red = folder.path().join("My Red.png");
        write_png(&red, &Picture::filled(Size::new(20, 10), [255, 0, 0, 255])).unwrap();

        let entry = catalogue.add(&red, None).unwrap();

        assert_eq!(entry.id.0, "my_red");
        assert_eq!(
            catalogue.find("my_red").unwrap().picture.size(),
            Size::new(20, 10)
        );
        assert!(matches!(
            catalogue.add(&red, None),
            Err(CatalogueError::Taken(_))
        ));
        let out = folder.path().join("out.png");
        catalogue.export("my_red", &out).unwrap();
        assert!(out.is_file());
        catalogue.remove("my_red").unwrap();
        assert!(matches!(
            catalogue.find("my_red"),
            Err(CatalogueError::Unknown { .. })
        ));
    }

    #[test]
    fn a_shipped_style_cannot_be_removed_and_a_path_is_no_name() {
        let (folder, catalogue) = catalogue();
        let shipped = catalogue.list()[0].id.0.clone();
        let red = folder.path().join("red.png");
        write_png(&red, &Picture::filled(Size::new(2, 2), [255, 0, 0, 255])).unwrap();

        assert!(matches!(
            catalogue.remove(&shipped),
            Err(CatalogueError::Shipped(_))
        ));
        for bad in ["../evil", "", "a/b", "UPPER", "x y"] {
            assert!(
                matches!(
                    catalogue.add(&red, Some(bad)),
                    Err(CatalogueError::BadName(_))
                ),
                "{bad}"
            );
        }
    }
}
