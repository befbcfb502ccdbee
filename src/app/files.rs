//! Names for recordings and snapshots: `vizard-YYYYMMDD-HHMMSS`, in UTC, never one that is taken.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::files::free_name;

/// A file in `dir` that does not exist yet; makes `dir` where it is missing.
pub(crate) fn fresh_path(dir: &Path, extension: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(dir)?;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let stamp = stamp(since_1970.unwrap_or(Duration::ZERO));
    free_name(&dir.join(format!("vizard-{stamp}.{extension}")))
}

/// `YYYYMMDD-HHMMSS` of a time since 1970, in UTC.
fn stamp(since_1970: Duration) -> String {
    let secs = since_1970.as_secs();
    let (year, month, day) = civil_date(secs / 86_400);
    let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>); its years begin in March, so that a
/// leap day comes last.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_tell_the_date_and_the_time() {
        let stamp = |secs| stamp(Duration::from_secs(secs));

        assert_eq!(stamp(0), "19700101-000000");
        assert_eq!(stamp(951_782_400), "20000229-000000");
        assert_eq!(stamp(1_763_859_599), "20251123-005959");
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
