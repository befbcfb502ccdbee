//! Styles: one reference picture each, and the codes that networks make of it.

use std::sync::Arc;

use crate::domain::frame::Picture;
use crate::domain::settings::{Colours, Likeness, Settings, Strength, Texture};
use crate::domain::shape::Landmarks68;

/// Identifier of a style: lower-case letters, digits, `_` and `-`; unique in a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StyleId(pub String);

impl std::fmt::Display for StyleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Settings that suit a style; `None` leaves a setting unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StyleOverrides {
    /// Strength of the style.
    pub strength: Option<Strength>,
    /// The colours of styled areas.
    pub colours: Option<Colours>,
    /// Size of the strokes.
    pub texture: Option<Texture>,
    /// How strongly the photo of the person guides the strokes.
    pub likeness: Option<Likeness>,
}

impl StyleOverrides {
    /// Returns `settings` with these overrides.
    #[must_use]
    pub fn on(&self, settings: Settings) -> Settings {
        Settings {
            strength: self.strength.unwrap_or(settings.strength),
            colours: self.colours.unwrap_or(settings.colours),
            texture: self.texture.unwrap_or(settings.texture),
            likeness: self.likeness.unwrap_or(settings.likeness),
            ..settings
        }
    }
}

/// A code with the identity of the networks that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCode {
    /// SHA-256 of each network that took part, joined by `+`.
    pub networks: String,
    /// The code.
    pub code: StyleCode,
}

/// One reference picture with its name.
#[derive(Debug, Clone)]
pub struct Style {
    /// Unique identifier.
    pub id: StyleId,
    /// Name for people.
    pub title: String,
    /// The reference.
    pub picture: Arc<Picture>,
    /// Settings that suit it.
    pub look: StyleOverrides,
    /// Codes stored with it.
    pub codes: Vec<KnownCode>,
    /// The facial landmarks set by the user, if any, pixels of the picture.
    pub fit: Option<Landmarks68>,
    /// Whether it is one of the user's own styles, stored in the catalogue.
    pub kept: bool,
}

impl Style {
    /// Creates a style from a picture alone.
    pub fn of_picture(id: StyleId, title: String, picture: Picture) -> Self {
        Self {
            id,
            title,
            picture: Arc::new(picture),
            look: StyleOverrides::default(),
            codes: Vec::new(),
            fit: None,
            kept: false,
        }
    }

    /// The stored code that `networks` made.
    pub fn code_of(&self, networks: &str) -> Option<&StyleCode> {
        let known = self.codes.iter().find(|known| known.networks == networks);
        known.map(|known| &known.code)
    }
}

/// The numbers that select a style inside the transfer network. Codes of one encoder can be blended
/// linearly.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleCode(pub Vec<f32>);

impl StyleCode {
    /// Returns `(1 - amount) * self + amount * other`; `amount` in `[0, 1]`.
    #[must_use]
    pub fn blended(&self, other: &Self, amount: f32) -> Self {
        let mix = |(a, b): (&f32, &f32)| a + (b - a) * amount;
        Self(self.0.iter().zip(&other.0).map(mix).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blend_runs_from_one_code_to_the_other() {
        let (a, b) = (StyleCode(vec![0.0, 2.0]), StyleCode(vec![1.0, 4.0]));

        assert_eq!(a.blended(&b, 0.0), a);
        assert_eq!(a.blended(&b, 1.0), b);
        assert_eq!(a.blended(&b, 0.5), StyleCode(vec![0.5, 3.0]));
    }
}
