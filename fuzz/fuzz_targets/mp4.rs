//! A clip that claims to be MP4, through our own reader: a bounded number of frames, or an error.
#![no_main]

use std::io::Write as _;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use vizard::stages::capture::{FileOptions, Polled, open_file};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::with_suffix(".mp4") else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let options = FileOptions {
        use_ffmpeg: false,
        ..FileOptions::default()
    };
    if let Ok(mut source) = open_file(file.path(), &options) {
        for _ in 0..64 {
            match source.next(Duration::from_secs(1)) {
                Ok(Polled::Ended) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
});
