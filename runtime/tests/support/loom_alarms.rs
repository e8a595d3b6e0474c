//! The alarms of the crate, over a model of Tokio's timer.

#[path = "../../src/events/alarms/queue.rs"]
mod queue;
#[path = "../../src/events/alarms/shared.rs"]
mod shared;

/// Of the alarms of loops, of which there are none in these models.
mod known {
    use super::queue::Key;
    use tokio::time::Instant;

    pub(super) struct Known;

    pub(super) struct Telling;

    impl Known {
        pub(super) fn new() -> Self {
            Known
        }

        pub(super) fn up_to(&self, _: u64) -> Telling {
            Telling
        }

        pub(super) fn keep(&self, _: impl Iterator<Item = Key>) {}

        pub(super) fn shrink(&self) {}
    }

    impl Telling {
        pub(super) fn tell(&mut self, _: Key, _: Instant) {}
    }
}

/// A runtime with timers as Tokio's: they are looked at, and call their wakers, under no lock.
mod driver_timer {
    use loom::sync::Mutex;
    use std::sync::LazyLock;
    use std::task::Waker;
    use std::time::Duration;
    use tokio::runtime::Id;
    use tokio::time::Instant;

    #[derive(Default)]
    struct Runtime {
        now: u64,
        paused: bool,
        ended: bool,
        /// Those that are set, of those that were made.
        timers: Vec<(usize, Instant, Option<Waker>)>,
        made: usize,
    }

    loom::lazy_static! {
        static ref RUNTIME: Mutex<Runtime> = Mutex::new(Runtime::default());
    }

    pub(super) fn time(count: u64) -> Instant {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START + Duration::from_secs(count)
    }

    fn change<R>(f: impl FnOnce(&mut Runtime) -> R) -> R {
        f(&mut RUNTIME.lock().unwrap())
    }

    /// Changes something, and has the timers go off whose time it is.
    fn change_and_look(f: impl FnOnce(&mut Runtime)) {
        let gone_off = change(|runtime| {
            f(runtime);
            let (ended, now) = (runtime.ended, time(runtime.now));
            let timers = std::mem::take(&mut runtime.timers);
            let gone_off = timers
                .into_iter()
                .partition(|(_, at, _)| ended || *at <= now);
            runtime.timers = gone_off.1;
            gone_off.0
        });
        let gone_off: Vec<(usize, Instant, Option<Waker>)> = gone_off;
        let wakers = gone_off.into_iter().filter_map(|(_, _, waker)| waker);
        wakers.for_each(Waker::wake);
    }

    pub(crate) fn advance(now: u64) {
        change_and_look(|runtime| runtime.now = now);
    }

    pub(crate) fn end() {
        change_and_look(|runtime| runtime.ended = true);
    }

    pub(crate) fn pause() {
        change(|runtime| runtime.paused = true);
    }

    /// Whether there is a timer that may move the clock.
    pub(crate) fn is_set() -> bool {
        change(|runtime| !runtime.timers.is_empty())
    }

    pub(super) fn now() -> Instant {
        time(change(|runtime| runtime.now))
    }

    pub(super) struct DriverTimer(usize);

    pub(super) enum Standing {
        Set,
        Elapsed,
        Ended,
    }

    impl DriverTimer {
        pub(super) fn new() -> Self {
            change(|runtime| {
                runtime.made += 1;
                DriverTimer(runtime.made)
            })
        }

        pub(super) fn set(&mut self, at: Instant, waker: &Waker) -> Standing {
            let mut is_set = true;
            change_and_look(|runtime| {
                let known = runtime.timers.iter().position(|timer| timer.0 == self.0);
                let known = known.and_then(|known| runtime.timers.swap_remove(known).2);
                is_set = !runtime.ended && at > time(runtime.now);
                runtime.timers.push((self.0, at, known));
            });
            if !is_set {
                return Standing::Elapsed;
            }
            change(|runtime| {
                if runtime.ended {
                    return Standing::Ended; // it panics
                }
                let mut timers = runtime.timers.iter_mut();
                match timers.find(|timer| timer.0 == self.0) {
                    None => Standing::Elapsed,
                    Some(timer) => {
                        timer.2 = Some(waker.clone());
                        Standing::Set
                    }
                }
            })
        }

        pub(super) fn has_ended(&mut self) -> bool {
            change(|runtime| runtime.ended)
        }
    }

    impl Drop for DriverTimer {
        fn drop(&mut self) {
            change(|runtime| runtime.timers.retain(|timer| timer.0 != self.0));
        }
    }

    pub(super) fn now_in(_: Id) -> Option<Instant> {
        Some(now())
    }

    pub(super) fn clock_runs() -> bool {
        !change(|runtime| runtime.paused)
    }
}

pub(crate) use driver_timer::{advance, end, is_set, pause};
pub(crate) use queue::Key;

use driver_timer::{DriverTimer, now, time};
use shared::{Inserted, SharedAlarms};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use tokio::runtime::{Builder, Id};
use tokio::time::Instant;

/// As in the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    At(Instant),
    Later,
    Rang,
}

/// There is no other way to make them.
static IDS: LazyLock<[Id; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        let runtime = Builder::new_current_thread().build();
        runtime.unwrap().handle().id()
    })
});

/// Who waits for an alarm.
#[derive(Default)]
pub(crate) struct Sleeper {
    woken: AtomicUsize,
    /// Called by the first wake-up.
    then: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Sleeper {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn then(then: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Sleeper {
            then: Mutex::new(Some(Box::new(then))),
            ..Sleeper::default()
        })
    }

    pub(crate) fn woken(&self) -> usize {
        self.woken.load(Ordering::Relaxed)
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        let then = self.then.lock().unwrap().take();
        if let Some(then) = then {
            then();
        }
    }
}

/// The alarms of a runtime.
#[derive(Clone, Copy)]
pub(crate) struct Model(&'static SharedAlarms);

impl Model {
    pub(crate) fn new() -> Self {
        let alarms = Model(Box::leak(Box::new(SharedAlarms::new())));
        assert!(alarms.0.take_over(IDS[0], true));
        alarms
    }

    /// As where it is polled for the first time. Nothing if the runtime has ended.
    pub(crate) fn set(self, at: u64, sleeper: &Arc<Sleeper>) -> Option<Key> {
        let waker = Waker::from(Arc::clone(sleeper));
        let waker = match self.0.insert(IDS[0], time(at), waker) {
            Ok(key) => return Some(key),
            Err(waker) => waker,
        };
        let timer = DriverTimer::new();
        match self.0.insert_slowly(IDS[0], time(at), waker, timer) {
            Inserted::Set(key) => Some(key),
            Inserted::Ended => None,
            Inserted::Elsewhere(_) => unreachable!("nobody takes them over"),
        }
    }

    pub(crate) fn put_off(self, key: Key) -> bool {
        self.0.remove(key).is_some()
    }

    pub(crate) fn rang(self, key: Key) -> Option<bool> {
        self.0.rang(key)
    }

    pub(crate) fn rewire(self, key: Key, sleeper: &Arc<Sleeper>) -> Option<bool> {
        let waker = Waker::from(Arc::clone(sleeper));
        assert!(!self.0.wakes(key, &waker));
        self.0.rewire(key, waker).0
    }

    /// Whether they can go to another runtime.
    pub(crate) fn are_free(self) -> bool {
        self.0.take_over(IDS[1], false)
    }
}

/// Whether it is time.
pub(crate) fn has_come(at: u64) -> bool {
    time(at) <= now()
}
