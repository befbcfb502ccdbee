//! [`Knob`]: one description of each numeric setting, used by the window, the command line and style files.

use std::fmt;
use std::str::FromStr as _;

use thiserror::Error;

/// A knob was set outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value} is not {wanted}")]
pub struct OutOfBounds {
    /// The given value.
    pub value: String,
    /// Description of a valid value.
    pub wanted: &'static str,
}

/// Name, bounds and help of a numeric setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// Its name in the window.
    pub label: &'static str,
    /// The names of its lowest and highest value in the window, if its own name does not suggest them.
    pub ends: Option<[&'static str; 2]>,
    /// The lowest value.
    pub low: f32,
    /// The highest value.
    pub high: f32,
    /// The default value.
    pub default: f32,
    /// How the window steps through the values and displays them.
    pub scale: Scale,
    /// The range, as the command line shows it.
    pub range: &'static str,
    /// Description of a valid value, for errors.
    pub wanted: &'static str,
    /// Help on the command line.
    pub help: &'static str,
}

/// The scale between the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Linear; displayed in per cent.
    Even,
    /// Logarithmic; displayed as a factor.
    Factor,
}

/// A numeric setting within bounds.
pub trait Knob: Copy + PartialEq + fmt::Display {
    /// Its description.
    const ABOUT: About;

    /// Limits `value` to the bounds; NaN becomes the default.
    fn clamped(value: f32) -> Self;

    /// The value.
    fn number(self) -> f32;

    /// Position between the bounds, in `[0, 1]`, on the setting's scale.
    fn place(self) -> f32 {
        let (low, high) = (Self::ABOUT.low, Self::ABOUT.high);
        match Self::ABOUT.scale {
            Scale::Even => (self.number() - low) / (high - low),
            Scale::Factor => (self.number() / low).log2() / (high / low).log2(),
        }
    }

    /// The value at a position between the bounds.
    fn at(place: f32) -> Self {
        let (low, high) = (Self::ABOUT.low, Self::ABOUT.high);
        Self::clamped(match Self::ABOUT.scale {
            Scale::Even => low + (high - low) * place,
            Scale::Factor => low * (high / low).powf(place),
        })
    }

    /// The value as the window displays it.
    fn shown(self) -> String {
        match Self::ABOUT.scale {
            Scale::Even => format!("{:.0} %", self.number() * 100.0),
            Scale::Factor => format!("{:.2} ×", self.number()),
        }
    }
}

/// Parses a value from user input.
pub(crate) fn parsed<K: Knob>(text: &str) -> Result<K, OutOfBounds> {
    match f32::from_str(text) {
        Ok(value) if (K::ABOUT.low..=K::ABOUT.high).contains(&value) => Ok(K::clamped(value)),
        _ => Err(OutOfBounds {
            value: text.to_owned(),
            wanted: K::ABOUT.wanted,
        }),
    }
}

/// Defines the type of a numeric setting.
macro_rules! knob {
    ($(#[$doc:meta])* $name:ident = $about:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        pub struct $name(f32);

        impl $name {
            /// Its description.
            pub const ABOUT: About = $about;
            /// The default value.
            pub const DEFAULT: Self = Self(Self::ABOUT.default);

            /// Limits `value` to the bounds; NaN becomes the default.
            pub fn clamped(value: f32) -> Self {
                if value.is_nan() {
                    Self::DEFAULT
                } else {
                    Self(value.clamp(Self::ABOUT.low, Self::ABOUT.high))
                }
            }

            /// The value.
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
