//! Names for recordings and snapshots: `vizard-YYYYMMDD-HHMMSS` in local time, never one that is taken.

use std::io;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;

use crate::files::free_name;

/// Returns a path in `dir` that does not exist yet; creates `dir` if it is missing.
pub(crate) fn fresh_path(dir: &Path, extension: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    free_name(&dir.join(format!(
        "vizard-{}.{extension}",
        stamp(&ZonedDateTime::now())
    )))
}

/// Formats a local time as `YYYYMMDD-HHMMSS`.
fn stamp(now: &ZonedDateTime) -> String {
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_tell_the_date_and_the_time_where_the_person_is() {
        let time = |text: &str| stamp(&text.parse().unwrap());

        assert_eq!(time("2025-11-23T23:59:59+02[+02]"), "20251123-235959");
        assert_eq!(time("2000-02-29T00:00:00Z[UTC]"), "20000229-000000");
    }

    #[test]
    fn a_name_that_is_taken_is_not_given_again() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("new");

        let mut seen = Vec::new();
        for _ in 0..3 {
            let path = fresh_path(&place, "png").unwrap();
            std::fs::write(&path, b"x").unwrap();
            assert!(!seen.contains(&path));
            seen.push(path);
        }

        assert!(seen.iter().all(|path| path.extension().unwrap() == "png"));
    }
}
