//! [`Knob`]: one description of each setting that is a number. Window, command line and style files follow it.

use std::fmt;
use std::str::FromStr as _;

use thiserror::Error;

/// A knob was set outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value} is not {wanted}")]
pub struct OutOfBounds {
    /// What was given.
    pub value: String,
    /// What would have been right.
    pub wanted: &'static str,
}

/// What a setting that is a number is called, and where it may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// Its name in the window.
    pub label: &'static str,
    /// What its lowest and its highest value are called in the window, where the name does not tell.
    pub ends: Option<[&'static str; 2]>,
    /// The lowest value.
    pub low: f32,
    /// The highest value.
    pub high: f32,
    /// The value at the start.
    pub default: f32,
    /// How the window moves through the values, and how it shows them.
    pub scale: Scale,
    /// The range on the command line.
    pub range: &'static str,
    /// What a right value is, for errors.
    pub wanted: &'static str,
    /// Help on the command line.
    pub help: &'static str,
}

/// How values lie between their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly; shown in per cent.
    Even,
    /// Each step multiplies; shown as a factor.
    Factor,
}

/// A setting that is a number within bounds.
pub trait Knob: Copy + PartialEq + fmt::Display {
    /// Its description.
    const ABOUT: About;

    /// `value` limited to the bounds; anything that is no number becomes the default.
    fn clamped(value: f32) -> Self;

    /// The number.
    fn number(self) -> f32;

    /// Where it lies between its ends, in `[0, 1]`.
    fn place(self) -> f32 {
        let (low, high) = (Self::ABOUT.low, Self::ABOUT.high);
        match Self::ABOUT.scale {
            Scale::Even => (self.number() - low) / (high - low),
            Scale::Factor => (self.number() / low).log2() / (high / low).log2(),
        }
    }

    /// The value at a place between the ends.
    fn at(place: f32) -> Self {
        let (low, high) = (Self::ABOUT.low, Self::ABOUT.high);
        Self::clamped(match Self::ABOUT.scale {
            Scale::Even => low + (high - low) * place,
            Scale::Factor => low * (high / low).powf(place),
        })
    }

    /// How the window shows it.
    fn shown(self) -> String {
        match Self::ABOUT.scale {
            Scale::Even => format!("{:.0} %", self.number() * 100.0),
            Scale::Factor => format!("{:.2} ×", self.number()),
        }
    }
}

/// Reads a value as a person wrote it.
pub(crate) fn parsed<K: Knob>(text: &str) -> Result<K, OutOfBounds> {
    match f32::from_str(text) {
        Ok(value) if (K::ABOUT.low..=K::ABOUT.high).contains(&value) => Ok(K::clamped(value)),
        _ => Err(OutOfBounds {
            value: text.to_owned(),
            wanted: K::ABOUT.wanted,
        }),
    }
}

/// Makes the type of a setting that is a number.
macro_rules! knob {
    ($(#[$doc:meta])* $name:ident = $about:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        pub struct $name(f32);

        impl $name {
            /// Its description.
            pub const ABOUT: About = $about;
            /// The value at the start.
            pub const DEFAULT: Self = Self(Self::ABOUT.default);

            /// `value` limited to the bounds; anything that is no number becomes the default.
            pub fn clamped(value: f32) -> Self {
                if value.is_nan() {
                    Self::DEFAULT
                } else {
                    Self(value.clamp(Self::ABOUT.low, Self::ABOUT.high))
                }
            }

            /// The number.
            pub const fn get(self) -> f32 {
                self.0
            }
        }

        impl Knob for $name {
            const ABOUT: About = Self::ABOUT;

            fn clamped(value: f32) -> Self {
                Self::clamped(value)
            }

            fn number(self) -> f32 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = OutOfBounds;

            fn from_str(text: &str) -> Result<Self, OutOfBounds> {
                parsed(text)
            }
        }
    };
}

pub(crate) use knob;

#[cfg(test)]
mod tests {
    use crate::domain::knob::Knob as _;
    use crate::domain::settings::{Strength, Texture};

    #[test]
    fn the_middle_of_a_factor_is_as_far_from_both_ends() {
        assert!((Texture::at(0.5).get() - 1.0).abs() < 1e-6);
        assert!((Texture::clamped(0.5).place()).abs() < 1e-6);
        assert_eq!(Texture::DEFAULT.shown(), "1.00 ×");
        assert_eq!(Strength::at(0.25).shown(), "25 %");
    }
}
