//! Named threads, which a debugger, a profiler and a panic message can identify; and panics that are caught
//! and reported.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::thread::{Builder, JoinHandle, ScopedJoinHandle, available_parallelism, scope};

/// Starts `work` on a thread called `name`.
pub fn spawn_named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(work)
}

thread_local! {
    /// Nesting depth of [`guarded`] calls on this thread.
    static GUARDS: Cell<u32> = const { Cell::new(0) };
    /// Source location of the last panic on this thread.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic in it becomes an error text that fits in the brackets of a sentence. Values that
/// `work` was changing when it panicked may be inconsistent: drop or reset them.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    GUARDS.set(GUARDS.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDS.set(GUARDS.get().saturating_sub(1));
    done.map_err(|panic| words_of(&*panic))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let message = message_of(panic);
    match PLACE.take() {
        Some(place) => format!("internal error: {message}, at {place}"),
        None => format!("internal error: {message}"),
    }
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// Logs panics from now on: as an error, or, inside [`guarded`], where the caller reports the panic, as
/// information.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = message_of(panic.payload());
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("?");
        let backtrace = std::backtrace::Backtrace::capture();
        if GUARDS.get() > 0 {
            tracing::info!(thread, message, ?place, %backtrace, "internal error");
        } else {
            tracing::error!(thread, message, ?place, %backtrace, "internal error");
        }
        PLACE.set(place);
    }));
}

/// Runs both concurrently, `first` on a thread called `name`; one after the other if there is only one core
/// or no thread can be created.
pub fn together<A: Send, B>(
    name: &str,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    // Read once: the answer may come from files.
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
    // `work` is taken once: by the thread, or here if no thread was created.
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
    fn a_guarded_panic_becomes_words() {
        let number = 7;

        assert_eq!(guarded(|| 1), Ok(1));
        let told = guarded(|| panic!("out of paint {number}")).unwrap_err();
        assert_eq!(told, "internal error: out of paint 7");
    }

    #[test]
    #[should_panic(expected = "out of paint")]
    fn a_panic_beside_is_not_swallowed() {
        together("painter", || panic!("out of paint"), || 1);
    }
}
