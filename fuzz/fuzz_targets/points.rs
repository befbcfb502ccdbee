//! A file of facial points in iBUG 300-W's convention: 68 finite points, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vizard::domain::shape::Landmarks68;

fuzz_target!(|text: &str| {
    if let Ok(points) = text.parse::<Landmarks68>() {
        assert!(points.0.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
    }
});
