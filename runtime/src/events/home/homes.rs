//! Which homes there are, and which of them is at work.

use super::super::sync::{Cell, Mutex, MutexGuard, global, thread_local};
use super::Home;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Id;

thread_local! {
    /// The loop that is at work on this thread.
    pub(super) static OWNER: Cell<Option<&'static Home>> = const { Cell::new(None) };
}

global! {
    static HOMES: Mutex<Homes> = Mutex::new(Homes {
        all: Vec::new(),
        free: Vec::new(),
    });
}

struct Homes {
    all: Vec<&'static Home>,
    free: Vec<&'static Home>,
}

fn homes() -> MutexGuard<'static, Homes> {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Home {
    /// One for a new loop.
    pub(super) fn take(runtime: Id) -> &'static Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut homes = homes();
        let home = homes.free.pop().unwrap_or_else(|| {
            let home = Box::leak(Box::new(Home::new()));
            homes.all.push(home);
            home
        });
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        home.tasks.set_runtime(Some(runtime));
        home.mailbox.open(number);
        home
    }

    /// For the next loop. It is closed.
    pub(super) fn give_back(&'static self) {
        homes().free.push(self);
    }

    /// Shows `f` all there are.
    pub(crate) fn each(f: impl FnMut(&'static Home)) {
        let all = homes().all.clone();
        all.into_iter().for_each(f);
    }
}
