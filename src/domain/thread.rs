//! Threads with names, so that a debugger, a profiler and a panic say which one it was.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts `work` on a thread called `name`.
pub fn spawn_named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(work)
}
