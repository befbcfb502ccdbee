//! [`Killed`]: a child process that ends with its owner.

use std::process::Child;
use std::thread;
use std::time::Duration;

/// A child process that is killed on drop.
#[derive(Debug)]
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // The process may have ended already.
        let killed = self.0.kill();
        for _ in 0..20 {
            if matches!(self.0.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        tracing::warn!(?killed, "a child process does not end");
    }
}
