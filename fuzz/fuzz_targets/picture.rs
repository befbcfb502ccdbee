//! A picture file of any format, within small limits: a picture, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vizard::pictures::{Limits, decode};

const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 20,
    max_memory: 8 << 20,
    max_side: 256,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = decode(bytes, "it", &LIMITS) {
        assert!(picture.size().width.max(picture.size().height) <= LIMITS.max_side);
    }
});
