//! [`decoding`]: turns decoder panics into errors in plain words.
//!
//! Third-party decoders may panic on unexpected bytes. Every external file is decoded inside
//! [`decoding`], which rejects such a picture like any other invalid one.

use std::error::Error as _;
use std::io;

use image::ImageError;

use crate::domain::thread::guarded;

/// User message for invalid bytes, whatever the decoder reports.
pub(crate) const UNDECODABLE: &str = "its content cannot be decoded";

/// User message for a truncated file.
const CUT_OFF: &str = "its end is missing";

/// Runs a decoder on external bytes. A panic becomes [`UNDECODABLE`]; after a panic, discard all state that
/// `decode` has changed.
pub(crate) fn decoding<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    guarded(decode).map_err(|words| {
        tracing::debug!(words, "a decoder panicked");
        UNDECODABLE.to_owned()
    })
}

/// Returns a decoder's error in plain words and logs the decoder's own message.
pub(crate) fn plain_words(error: &ImageError) -> &'static str {
    tracing::debug!(%error, "a decoder gave up");
    if is_cut_off(error) {
        CUT_OFF
    } else {
        UNDECODABLE
    }
}

/// Returns whether the error or one of its sources is an unexpected end of file.
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
