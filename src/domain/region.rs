//! [`Region`]: how much of the picture is stylized, and what becomes of the rest.

use serde::Serialize;

/// What is stylized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// The faces.
    Face,
    /// The whole picture, and the faces once more on top, each as fine as alone.
    Both,
    /// The whole picture in one piece.
    Frame,
    /// The faces, and the reference picture in place of everything else.
    Painting,
}

impl Region {
    /// Whether what is not a face is styled too.
    pub const fn has_background(self) -> bool {
        matches!(self, Self::Both | Self::Frame)
    }

    /// Whether nothing of the photo is shown as it is, so that nothing need be covered.
    pub const fn leaves_nothing_bare(self) -> bool {
        !matches!(self, Self::Face)
    }

    /// Whether faces are styled on their own.
    pub const fn has_faces(self) -> bool {
        !matches!(self, Self::Frame)
    }

    /// The one that comes next when a key is pressed again and again.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Face => Self::Both,
            Self::Both => Self::Frame,
            Self::Frame => Self::Painting,
            Self::Painting => Self::Face,
        }
    }
}
