//! A bounded channel that passes one value at a time between two threads.
//!
//! A live picture is useful only while it is fresh, so in [`Mode::Newest`] a slow reader drops frames and
//! adds no latency. In [`Mode::Every`] every value counts and the writer waits (rendering a file). Both are
//! bounded.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

/// What happens when the reader is slower than the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The newest value replaces one that was not read.
    Newest,
    /// The writer waits.
    Every,
}

/// Capacity in [`Mode::Every`].
const EVERY_DEPTH: usize = 2;

/// The writer's end.
#[derive(Debug, Clone)]
pub struct LaneSender<T> {
    mode: Mode,
    sender: Sender<T>,
    /// Removes the stale value in [`Mode::Newest`].
    stale: Option<Receiver<T>>,
}

/// The reader's end.
#[derive(Debug, Clone)]
pub struct LaneReceiver<T> {
    receiver: Receiver<T>,
}

/// The reader was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

/// Result of a wait with a time limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited<T> {
    /// A value.
    Value(T),
    /// No value came in time.
    TimedOut,
    /// The writer was dropped and no value is left.
    Closed,
}

/// Opens a lane.
pub fn lane<T>(mode: Mode) -> (LaneSender<T>, LaneReceiver<T>) {
    let depth = if mode == Mode::Newest { 1 } else { EVERY_DEPTH };
    let (sender, receiver) = bounded(depth);
    let stale = (mode == Mode::Newest).then(|| receiver.clone());
    (
        LaneSender {
            mode,
            sender,
            stale,
        },
        LaneReceiver { receiver },
    )
}

impl<T> LaneSender<T> {
    /// Sends `value`; returns the unread value that it replaced (for the count of dropped frames).
    ///
    /// In [`Mode::Newest`] a dropped reader goes unnoticed, since the lane itself holds a receiver; the
    /// pipeline's stop flag ends the writer.
    pub fn put(&self, value: T) -> Result<Option<T>, Closed> {
        let Some(stale) = &self.stale else {
            return self.sender.send(value).map(|()| None).or(Err(Closed));
        };
        let mut value = value;
        let mut dropped = None;
        loop {
            match self.sender.try_send(value) {
                Ok(()) => return Ok(dropped),
                Err(TrySendError::Full(back)) => {
                    value = back;
                    dropped = stale.try_recv().ok().or(dropped);
                }
                Err(TrySendError::Disconnected(_)) => return Err(Closed),
            }
        }
    }

    /// The mode of this lane.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

impl<T> LaneReceiver<T> {
    /// Takes a value if one is available. Never blocks.
    pub fn take(&self) -> Option<T> {
        self.receiver.try_recv().ok()
    }

    /// Waits at most `limit` for a value.
    pub fn wait(&self, limit: Duration) -> Waited<T> {
        match self.receiver.recv_timeout(limit) {
            Ok(value) => Waited::Value(value),
            Err(RecvTimeoutError::Timeout) => Waited::TimedOut,
            Err(RecvTimeoutError::Disconnected) => Waited::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_wins_and_the_stale_one_comes_back() {
        let (sender, receiver) = lane(Mode::Newest);

        assert_eq!(sender.put(1), Ok(None));
        assert_eq!(sender.put(2), Ok(Some(1)));
        assert_eq!(receiver.take(), Some(2));
        assert_eq!(receiver.take(), None);
    }

    #[test]
    fn every_value_arrives_in_order_and_the_end_is_told() {
        let (sender, receiver) = lane(Mode::Every);

        assert_eq!(sender.put(1), Ok(None));
        assert_eq!(sender.put(2), Ok(None));
        drop(sender);

        let wait = || receiver.wait(Duration::from_millis(1));
        assert_eq!(
            [wait(), wait(), wait()],
            [Waited::Value(1), Waited::Value(2), Waited::Closed]
        );
    }
}
