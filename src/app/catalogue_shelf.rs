//! [`CatalogueShelf`]: the catalogue as the window's style strip uses it.

use std::path::Path;
use std::sync::Arc;

use crate::app::shelf::StyleShelf;
use crate::app::thumbnail::thumbnail;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleId};
use crate::ui::scene::StyleThumb;

/// Reads and keeps styles in a catalogue.
#[derive(Debug, Clone)]
pub struct CatalogueShelf {
    catalogue: Catalogue,
}

impl CatalogueShelf {
    /// A shelf on `catalogue`.
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }

    /// One card a style whose picture is readable; a broken one is named in the log.
    pub fn cards(&self) -> Vec<StyleThumb> {
        let mut cards = Vec::new();
        for entry in self.catalogue.list() {
            match self.catalogue.load(&entry) {
                Ok(style) => cards.push(StyleThumb {
                    id: style.id,
                    title: style.title,
                    thumbnail: Arc::new(thumbnail(&style.picture)),
                }),
                Err(error) => tracing::warn!(%error, "a style is left out"),
            }
        }
        cards
    }

    /// Keeps `style`; where its name is taken, under the next free one.
    fn keep(&self, mut style: Style) -> Result<Arc<Style>, String> {
        /// More pictures of one name than this are refused.
        const MOST: u32 = 1000;
        let (name, title) = (style.id.0.clone(), style.title.clone());
        for number in 2..MOST {
            match self.catalogue.keep(&style) {
                Ok(_) => return Ok(Arc::new(style)),
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

impl StyleShelf for CatalogueShelf {
    fn open(&mut self, id: &StyleId) -> Result<Arc<Style>, String> {
        self.catalogue
            .find(&id.0)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }

    fn add_file(&mut self, path: &Path) -> Result<Arc<Style>, String> {
        self.keep(Catalogue::from_picture(path).map_err(|error| error.to_string())?)
    }

    fn add_picture(&mut self, picture: Picture) -> Result<Arc<Style>, String> {
        let (id, title) = (StyleId("pasted".into()), "Pasted".into());
        self.keep(Style {
            id,
            title,
            picture: Arc::new(picture),
        })
    }
}
