//! [`Failure`]: the one error of this program.

use std::fmt;

/// Something did not work. The text says what, why, and what to do; only a person handles it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// "could not DO: WHY."
    pub(crate) fn because(doing: &str, why: impl fmt::Display) -> Self {
        Self(format!("could not {doing}: {why}."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
