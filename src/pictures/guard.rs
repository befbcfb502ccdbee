//! [`decoding`]: what strangers' bytes do to a decoder becomes an error in plain words.
//!
//! Decoders are written by others, and some panic on bytes that nobody foresaw. Every file from
//! outside is decoded inside [`decoding`], so that the worst picture is refused like any other.

use std::error::Error as _;
use std::io;

use image::ImageError;

use crate::domain::thread::guarded;

/// What people are told of bytes that make no sense, whatever a decoder says of them.
pub(crate) const UNDECODABLE: &str = "its content cannot be decoded";

/// What people are told where bytes are missing.
const CUT_OFF: &str = "its end is missing";

/// Runs a decoder on bytes from outside. A panic becomes [`UNDECODABLE`]; do not use what `decode`
/// has changed then.
pub(crate) fn decoding<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    guarded(decode).map_err(|words| {
        tracing::debug!(words, "a decoder panicked");
        UNDECODABLE.to_owned()
    })
}

/// A decoder's error in plain words. What it says itself is for its authors, and goes to the log.
pub(crate) fn plain_words(error: &ImageError) -> &'static str {
    tracing::debug!(%error, "a decoder gave up");
    if is_cut_off(error) {
        CUT_OFF
    } else {
        UNDECODABLE
    }
}

/// Whether the bytes ended too early, by this error or one that it came from.
fn is_cut_off(error: &ImageError) -> bool {
    let is_end = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    if let ImageError::IoError(error) = error {
        return is_end(error);
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(is_end) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_an_answer_stays_an_answer() {
        let panics = decoding(|| -> u8 { panic!("index {} out of range", 7) });

        assert_eq!(panics, Err(UNDECODABLE.to_owned()));
        assert_eq!(decoding(|| 5), Ok(5));
    }

    #[test]
    fn missing_bytes_are_told_from_bytes_without_sense() {
        let end = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let format = image::error::ImageFormatHint::Unknown;
        let wrapped = image::error::DecodingError::new(format, end());

        assert_eq!(plain_words(&ImageError::IoError(end())), CUT_OFF);
        assert_eq!(plain_words(&ImageError::Decoding(wrapped)), CUT_OFF);
        let odd = io::Error::from(io::ErrorKind::InvalidData);
        assert_eq!(plain_words(&ImageError::IoError(odd)), UNDECODABLE);
    }
}
