//! [`Troubles`]: recent errors. An error that is over is no longer reported.

use std::time::Duration;

use crate::domain::frame::FrameTime;

/// How long an error is reported after its last occurrence.
const TOLD_FOR: Duration = Duration::from_secs(20);

/// Minimum interval between two log lines for the same error.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Maximum number of distinct errors kept.
const MOST: usize = 8;

#[derive(Debug)]
struct Trouble {
    why: String,
    last: FrameTime,
    logged: FrameTime,
    /// The error does not go away by itself.
    lasts: bool,
}

/// Recent errors, the latest last.
#[derive(Debug, Default)]
pub(super) struct Troubles(Vec<Trouble>);

impl Troubles {
    /// Records an error; returns whether to log it.
    pub(super) fn note(&mut self, why: String, lasts: bool, now: FrameTime) -> bool {
        let known = self.0.iter().position(|known| known.why == why);
        let logged = known.map(|at| self.0.remove(at).logged);
        let due = logged.is_none_or(|logged| now.since(logged) >= LOGGED_EVERY);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(Trouble {
            why,
            last: now,
            logged: logged.filter(|_| !due).unwrap_or(now),
            lasts,
        });
        due
    }

    /// The latest error that is not over.
    pub(super) fn now(&self, now: FrameTime) -> Option<&str> {
        let is_on = |known: &&Trouble| known.lasts || now.since(known.last) < TOLD_FOR;
        let latest = self.0.iter().rev().find(is_on);
        latest.map(|known| known.why.as_str())
    }

    /// The latest error, over or not.
    pub(super) fn latest(&self) -> Option<&str> {
        self.0.last().map(|known| known.why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> FrameTime {
        FrameTime(Duration::from_secs(secs))
    }

    #[test]
    fn two_troubles_that_alternate_are_logged_once_each() {
        let mut troubles = Troubles::default();

        let logged = (0..30_u64)
            .filter(|i| troubles.note(format!("trouble {}", i % 2), false, at(*i)))
            .count();

        assert_eq!(logged, 2);
        assert_eq!(troubles.now(at(30)), Some("trouble 1"));
    }

    #[test]
    fn what_is_over_is_told_no_more_unless_it_lasts() {
        let mut troubles = Troubles::default();
        troubles.note("off".into(), true, at(0));
        troubles.note("a bad frame".into(), false, at(1));

        assert_eq!(troubles.now(at(2)), Some("a bad frame"));
        assert_eq!(troubles.now(at(100)), Some("off"));
        assert_eq!(troubles.latest(), Some("a bad frame"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut troubles = Troubles::default();
        for i in 0..100 {
            troubles.note(i.to_string(), false, at(i));
        }

        assert_eq!(troubles.0.len(), MOST);
    }
}
