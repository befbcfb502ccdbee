//! Threads with names, so that a debugger, a profiler and a panic say which one it was.

use std::io;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread::{Builder, JoinHandle, ScopedJoinHandle, available_parallelism, scope};

/// Starts `work` on a thread called `name`.
pub fn spawn_named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(work)
}

/// Does both at once, `first` on a thread called `name`; one after the other where there is one core
/// only, or no thread to be had.
pub fn together<A: Send, B>(
    name: &str,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    // Asked once: the answer may be read from files.
    static CORES: OnceLock<usize> = OnceLock::new();
    if *CORES.get_or_init(|| available_parallelism().map_or(1, usize::from)) < 2 {
        return (first(), second());
    }
    let mut first = Some(first);
    let mut work = || first.take().map(|first| first());
    let (beside, second) = scope(|scope| {
        let other = Builder::new().name(name.to_owned());
        let other = other.spawn_scoped(scope, &mut work);
        let second = second();
        (other.map(ScopedJoinHandle::join), second)
    });
    let done = match beside {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => work(),
    };
    // Work is taken once: by the thread, or here if there was none.
    match done {
        Some(done) => (done, second),
        None => unreachable!("the work was done by nobody"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_and_both_answers_come_back() {
        let mut left = [1, 2, 3];
        let mut right = [4, 5, 6];

        let sums = together(
            "left",
            || {
                left[0] = 10;
                left.iter().sum::<i32>()
            },
            || {
                right[0] = 40;
                right.iter().sum::<i32>()
            },
        );

        assert_eq!(sums, (15, 51));
        assert_eq!((left[0], right[0]), (10, 40));
    }

    #[test]
    #[should_panic(expected = "out of paint")]
    fn a_panic_beside_is_not_swallowed() {
        together("painter", || panic!("out of paint"), || 1);
    }
}
