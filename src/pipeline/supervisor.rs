//! Who watches the threads: a panic in one of them is caught, told, and survived where that can be.
//!
//! Live, the part that failed is started again once; where it fails again, the pipeline stops and
//! says so. For a file there is no second try, since its frames would not be what was asked for.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::domain::control::Part;
use crate::domain::lane::Mode;
use crate::domain::thread::{guarded, spawn_named};
use crate::pipeline::shared::Shared;

/// How long a thread waits before it looks whether it should stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// Whether a part's work begins for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// It does.
    First,
    /// A panic ended it before: what it remembers may be half changed.
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
