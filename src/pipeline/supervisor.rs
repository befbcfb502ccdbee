//! Supervises the threads: catches and reports a panic, and recovers from it where possible.
//!
//! Live, the part that failed is restarted once; if it fails again, the pipeline stops and reports it. A
//! file gets no second try, since its frames would not be what was requested.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::domain::control::Part;
use crate::domain::lane::Mode;
use crate::domain::thread::{guarded, spawn_named};
use crate::pipeline::shared::Shared;

/// Interval at which a waiting thread checks whether to stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// Whether a part starts for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// The first start.
    First,
    /// A restart after a panic: its state may be inconsistent.
    Again,
}

/// Runs `work` on the thread of `part` until it returns.
pub(super) fn supervise(
    shared: Arc<Shared>,
    part: Part,
    mut work: impl FnMut(Begin) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    spawn_named(part.thread(), move || {
        let Err(why) = guarded(|| work(Begin::First)) else {
            return;
        };
        if shared.mode == Mode::Every {
            shared.give_up(part, &why);
            return;
        }
        shared.begin_again(part, &why);
        if let Err(why) = guarded(|| work(Begin::Again)) {
            shared.give_up(part, &why);
        }
    })
}
