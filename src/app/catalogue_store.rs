//! [`CatalogueStore`]: the catalogue as the window's style strip uses it.

use std::path::Path;
use std::sync::Arc;

use crate::app::style_store::StyleStore;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleId};
use crate::ui::scene::StyleThumb;

/// Reads and stores styles in a catalogue.
#[derive(Debug, Clone)]
pub struct CatalogueStore {
    catalogue: Catalogue,
}

impl CatalogueStore {
    /// Creates a store on `catalogue`.
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }

    /// One card for each style with a readable picture; an unreadable one is logged.
    pub fn cards(&self) -> Vec<StyleThumb> {
        let mut cards = Vec::new();
        for entry in self.catalogue.list() {
            match self.catalogue.thumbnail(&entry) {
                Ok(thumbnail) => cards.push(StyleThumb {
                    id: entry.id,
                    title: entry.title,
                    thumbnail: Arc::new(thumbnail),
                }),
                Err(error) => tracing::warn!(%error, "a style is left out"),
            }
        }
        cards
    }

    /// Stores `style`; if its name is taken, under the next free one.
    fn keep(&self, mut style: Style, from: &str) -> Result<Arc<Style>, String> {
        /// Maximum number of pictures with the same name; further ones are refused.
        const MOST: u32 = 1000;
        let (name, title) = (style.id.0.clone(), style.title.clone());
        for number in 2..MOST {
            match self.catalogue.keep(&style, from) {
                Ok(_) => {
                    style.kept = true;
                    return Ok(Arc::new(style));
                }
                Err(CatalogueError::Taken(_)) => {
                    style.id = StyleId(format!("{name}_{number}"));
                    style.title = format!("{title} {number}");
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("there are too many styles called {name}"))
    }
}

impl StyleStore for CatalogueStore {
    fn open(&mut self, id: &StyleId) -> Result<Arc<Style>, String> {
        self.catalogue
            .find(&id.0)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }

    fn add_file(&mut self, path: &Path) -> Result<Arc<Style>, String> {
        let from = path.file_name().unwrap_or_default().to_string_lossy();
        let style = Catalogue::from_path(path).map_err(|error| error.to_string())?;
        self.keep(style, &from)
    }

    fn add_picture(&mut self, picture: Picture) -> Result<Arc<Style>, String> {
        let style = Style::of_picture(StyleId("pasted".into()), "Pasted".into(), picture);
        self.keep(style, "the clipboard")
    }
}
