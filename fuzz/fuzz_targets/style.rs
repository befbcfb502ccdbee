//! A style file: a style, or an error.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use vizard::catalogue::Catalogue;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::with_suffix(".vizstyle") else {
        return;
    };
    if file.write_all(bytes).is_ok() {
        drop(Catalogue::from_path(file.path()));
    }
});
