//! Which runtimes have alarms.
//!
//! What was made for a runtime is never given back: an alarm can point to it without counting. A runtime leaves it to
//! the next one when no timer is set for it any more, be it because it has ended, or only for now. So there are as many
//! as there ever were runtimes with alarms at the same time.

use super::driver_timer::{DriverTimer, clock_runs, is_pausable};
use super::queue::Key;
use super::shared::{Inserted, SharedAlarms};
use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::task::Waker;
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

static ALL: Mutex<Vec<&'static SharedAlarms>> = Mutex::new(Vec::new());

thread_local! {
    /// Those that this thread had last; they may be another runtime's by now.
    static LAST: Cell<Option<&'static SharedAlarms>> = const { Cell::new(None) };
}

/// Sets an alarm in that runtime, which is the one of this thread, if it takes no more than that. Else gives the waker
/// back.
#[inline(always)]
pub(super) fn insert(
    runtime: &Handle,
    at: Instant,
    waker: Waker,
) -> Result<(&'static SharedAlarms, Key), Waker> {
    match LAST.get() {
        None => Err(waker),
        Some(alarms) => Ok((alarms, alarms.insert(runtime.id(), at, waker)?)),
    }
}

/// The same, unless it is to be a timer of Tokio's.
pub(super) fn insert_slowly(
    runtime: &Handle,
    at: Instant,
    mut waker: Waker,
) -> Option<(&'static SharedAlarms, Key)> {
    let pausable = is_pausable(runtime);
    if at <= Instant::now() || pausable && !clock_runs() {
        return None;
    }
    loop {
        let alarms = find(runtime.id(), pausable);
        LAST.set(Some(alarms));
        match alarms.insert_slowly(runtime.id(), at, waker, DriverTimer::new(at)) {
            Inserted::Set(key) => return Some((alarms, key)),
            Inserted::Ended => return None,
            Inserted::Elsewhere(same) => waker = same,
        }
    }
}

/// The alarms of a runtime: its own, or else those that nobody uses now.
fn find(runtime: Id, pausable: bool) -> &'static SharedAlarms {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let its = all.iter().find(|alarms| alarms.is_of(runtime));
    let free = || all.iter().find(|all| all.take_over(runtime, pausable));
    if let Some(alarms) = its.or_else(free) {
        return alarms;
    }
    let alarms: &'static SharedAlarms = Box::leak(Box::new(SharedAlarms::new()));
    alarms.take_over(runtime, pausable);
    all.push(alarms);
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Timer;
    use std::task::{Context, Poll};
    use std::time::Duration;
    use tokio::runtime::Builder;

    /// Of each some are put off, and some are there at its end.
    #[test]
    fn runtimes_that_are_gone_leave_theirs_to_the_next() {
        let count = || ALL.lock().unwrap().len();
        let mut cx = Context::from_waker(Waker::noop());
        let before = count();
        for _ in 0..10_000 {
            let runtime = Builder::new_current_thread().enable_time().build().unwrap();
            let entered = runtime.enter();
            let mut timers = [1, 20, 30].map(|ms| Timer::after(Duration::from_millis(ms)));
            for timer in &mut timers {
                assert_eq!(timer.poll(&mut cx), Poll::Pending);
            }
            let [first, ..] = &mut timers;
            first.reset(first.deadline() + Duration::from_secs(1));
            drop(entered);
            drop(runtime);
        }
        // The tests beside this one have runtimes as well.
        assert!(count() <= before + 100, "{before} have become {}", count());
    }
}
