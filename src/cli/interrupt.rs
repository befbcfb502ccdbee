//! Ctrl-C, SIGTERM and SIGHUP: the first one asks for an orderly end, the second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a program that a signal ended, as shells know it from SIGINT.
const BY_SIGNAL: i32 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on a signal is noted, and `noted` is called from a thread of its own.
pub(super) fn watch(noted: impl Fn() + Send + 'static) {
    let watching = ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(BY_SIGNAL);
        }
        noted();
    });
    if let Err(error) = watching {
        // Then a signal ends the program at once, as it does everywhere.
        tracing::warn!(%error, "signals are not watched");
    }
}

/// Whether an end was asked for.
pub(super) fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
