//! Deliberate panics, for tests of what happens when a part of the program fails. Release builds have none.

#[cfg(debug_assertions)]
use std::sync::{LazyLock, Mutex, PoisonError};

/// Which calls panic.
#[cfg(debug_assertions)]
#[derive(Debug, Clone)]
struct Plan {
    name: String,
    /// Number of calls that succeed first.
    left: u64,
    /// Whether all later calls panic as well.
    for_ever: bool,
}

#[cfg(debug_assertions)]
static PLAN: LazyLock<Mutex<Option<Plan>>> = LazyLock::new(|| {
    Mutex::new(
        std::env::var("VIZARD_FAULT")
            .ok()
            .and_then(|text| read(&text)),
    )
});

/// Parses a plan: `vision:12` is the twelfth call of [`point`] with `vision`, `vision:12+` that and every
/// later one.
#[cfg(debug_assertions)]
fn read(text: &str) -> Option<Plan> {
    let (name, at) = text.split_once(':')?;
    let number: u64 = at.trim_end_matches('+').parse().ok()?;
    Some(Plan {
        name: name.to_owned(),
        left: number.saturating_sub(1),
        for_ever: at.ends_with('+'),
    })
}

/// Sets the plan, which the variable `VIZARD_FAULT` holds at the start of a process: for example
/// `vision:12`, the twelfth call of [`point`] with `vision`, or `vision:12+`, that and every later one.
#[cfg(debug_assertions)]
pub fn arm(text: &str) {
    *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = read(text);
}

/// Marks a place where a part of the program can be made to fail.
///
/// # Panics
///
/// Panics if a test requested a failure here.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub fn point(name: &str) {
    let mut plan = PLAN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(due) = plan.as_mut().filter(|plan| plan.name == name) else {
        return;
    };
    if due.left > 0 {
        due.left -= 1;
        return;
    }
    if !due.for_ever {
        *plan = None;
    }
    drop(plan);
    panic!("a fault on purpose");
}

/// Does nothing in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_name: &str) {}
