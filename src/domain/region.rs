//! [`Region`]: how much of the picture is painted.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::knob::OutOfBounds;

/// The painted part of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// The faces' skin, without the hair.
    Face,
    /// The heads: face, hair, ears and neck.
    Head,
    /// The whole picture, and on top of it the heads at the same resolution as [`Region::Head`].
    Frame,
}

/// The part of a head that a mask covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskExtent {
    /// The skin: forehead, ears and chin, without the hair.
    Face,
    /// The skin, the hair and the neck.
    Head,
}

impl Region {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Head => "head",
            Self::Frame => "frame",
        }
    }

    /// Whether the whole picture is painted: then no part of the photo shows unstyled and nothing needs a
    /// cover.
    pub const fn is_everything(self) -> bool {
        matches!(self, Self::Frame)
    }

    /// The part of a head that it includes.
    pub const fn mask_extent(self) -> MaskExtent {
        match self {
            Self::Face => MaskExtent::Face,
            Self::Head | Self::Frame => MaskExtent::Head,
        }
    }

    /// The next region in the cycle that a repeated key press steps through.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Face => Self::Head,
            Self::Head => Self::Frame,
            Self::Frame => Self::Face,
        }
    }
}

impl FromStr for Region {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        let wanted = match text {
            "face" => return Ok(Self::Face),
            "head" => return Ok(Self::Head),
            "frame" => return Ok(Self::Frame),
            "both" | "painting" => "a region any more: use frame",
            _ => "face, head or frame",
        };
        Err(OutOfBounds {
            value: text.to_owned(),
            wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_gone_is_refused_with_the_one_in_its_place() {
        assert_eq!("head".parse(), Ok(Region::Head));
        for gone in ["both", "painting"] {
            let error = gone.parse::<Region>().unwrap_err();
            let wanted = format!("{gone} is not a region any more: use frame");
            assert_eq!(error.to_string(), wanted);
        }
    }

    #[test]
    fn every_region_comes_round() {
        let once = Region::Head.next();

        assert_eq!((once, once.next()), (Region::Frame, Region::Face));
        assert_eq!(once.next().next(), Region::Head);
    }
}
