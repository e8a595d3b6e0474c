//! Cleanup that no scope takes: it was dropped outside of all of them.
//!
//! It goes to the running runtime. What one task drops goes to one driver for as long as that has something
//! to do, so that the order holds: the driver is a scope that nobody waits for. Outside of tasks there is no
//! telling who drops what; there a driver takes what is dropped on its thread until it is first polled.

use super::hand_over::Branch;
use super::inbox::Inbox;
use super::pending::Item;
use super::report::Loss;
use super::state::State;
use super::{Drain, report};
use crate::events;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::{runtime, task};

type Items = Inbox<Item>;

/// The drivers of tasks that have not ended.
static OF_TASKS: LazyLock<Mutex<HashMap<task::Id, Arc<Items>>>> = LazyLock::new(Mutex::default);

fn of_tasks() -> MutexGuard<'static, HashMap<task::Id, Arc<Items>>> {
    OF_TASKS.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// The last driver that was made here outside of tasks, and on which runtime.
    static OPEN: RefCell<Option<(Weak<Items>, runtime::Id)>> = const { RefCell::new(None) };
}

/// Whose orphans a driver takes.
#[derive(Clone, Copy)]
enum Owner {
    Task(task::Id),
    Thread(runtime::Id),
}

impl Owner {
    fn here(runtime: &Handle) -> Self {
        task::try_id().map_or(Owner::Thread(runtime.id()), Owner::Task)
    }

    /// The inbox of the last driver.
    fn inbox(self) -> Option<Arc<Items>> {
        match self {
            Owner::Task(task) => of_tasks().get(&task).cloned(),
            Owner::Thread(here) => {
                let open = OPEN.try_with(|open| open.borrow().clone());
                let (inbox, runtime) = open.ok().flatten()?;
                inbox.upgrade().filter(|_| runtime == here)
            }
        }
    }

    fn set_inbox(self, inbox: &Arc<Items>) {
        match self {
            Owner::Task(task) => drop(of_tasks().insert(task, Arc::clone(inbox))),
            Owner::Thread(runtime) => {
                let open = (Arc::downgrade(inbox), runtime);
                let _ = OPEN.try_with(|last| last.replace(Some(open)));
            }
        }
    }

    /// The driver has ended; there may be another by now.
    fn forget(self, inbox: &Arc<Items>) {
        if let Owner::Task(task) = self {
            let mut drivers = of_tasks();
            let is_last = |last| Arc::ptr_eq(last, inbox);
            if drivers.get(&task).is_some_and(is_last) {
                drivers.remove(&task);
            }
        }
    }
}

/// Finds a driver for what no scope takes.
pub(super) fn adopt(items: Vec<Item>) {
    // Cleanup that is not `Send` needs something that stays on this thread: our own event loop.
    let pinned = events::on_local_loop();
    let (items, local): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| pinned || !item.local);
    local
        .into_iter()
        .for_each(|item| item.lost(Loss::NotPinned));
    let Ok(runtime) = Handle::try_current() else {
        return items
            .into_iter()
            .for_each(|item| item.lost(Loss::NoRuntime));
    };
    if !items.is_empty() {
        hand_to_driver(items, &runtime, pinned);
    }
}

fn hand_to_driver(mut items: Vec<Item>, runtime: &Handle, pinned: bool) {
    let owner = Owner::here(runtime);
    if let Some(inbox) = owner.inbox() {
        match inbox.put(items) {
            Ok(()) => return,
            Err(refused) => items = refused,
        }
    }
    let inbox = Arc::new(Inbox::new(items));
    // Before it runs, which it may do at once, on another thread.
    owner.set_inbox(&inbox);
    let state = if pinned {
        State::pinned()
    } else {
        State::new()
    };
    let driver = Driver {
        owner,
        inbox,
        drain: Drain::of(state),
        _counted: Counted::new(runtime.id()),
    };
    if pinned {
        events::spawn(Box::pin(driver));
    } else {
        drop(runtime.spawn(driver));
    }
}

/// Puts the newest `times` hand-overs into a branch, as far as the driver has not taken them.
pub(super) fn mark_newest(branch: Branch, times: u64) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    if let Some(inbox) = Owner::here(&runtime).inbox() {
        inbox.change_newest(times, |item| item.path.insert(0, branch));
    }
}

/// Runs orphans.
struct Driver {
    owner: Owner,
    inbox: Arc<Items>,
    drain: Drain,
    _counted: Counted,
}

impl Driver {
    /// What came since the last time is one drop, as far as anybody can tell.
    fn add(&mut self, items: Vec<Item>) {
        if !items.is_empty() {
            let pending = self.drain.state.get_or_make();
            pending.begin(true);
            pending.hand_over(items);
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            let items = match this.owner {
                Owner::Task(_) => this.inbox.take(cx.waker()),
                Owner::Thread(_) => this.inbox.seal(),
            };
            this.add(items);
            std::task::ready!(this.drain.poll_quietly(cx));
            if let Some(payload) = this.drain.take_panic() {
                report::panic("a cleanup without a scope", &*payload);
            }
            if this.inbox.seal_if_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl Drop for Driver {
    /// Never hands over again: whatever drops a driver is ending.
    fn drop(&mut self) {
        let left = self.inbox.seal();
        self.owner.forget(&self.inbox);
        self.add(left);
        if !self.drain.is_idle() {
            self.drain.stop(Loss::NoRuntime);
        }
    }
}

/// How many drivers have not ended, by runtime.
static DRIVERS: Mutex<Vec<(runtime::Id, usize)>> = Mutex::new(Vec::new());
/// Who waits for that.
static DRIVER_ENDED: Notify = Notify::const_new();

fn drivers() -> MutexGuard<'static, Vec<(runtime::Id, usize)>> {
    DRIVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until all cleanup without a scope has run that was dropped on this runtime.
pub(crate) async fn orphans_done(runtime: runtime::Id) {
    loop {
        let mut ended = std::pin::pin!(DRIVER_ENDED.notified());
        ended.as_mut().enable();
        if !drivers().iter().any(|(id, _)| *id == runtime) {
            return;
        }
        ended.await;
    }
}

/// Counts a driver while it lives.
struct Counted(runtime::Id);

impl Counted {
    fn new(runtime: runtime::Id) -> Self {
        let mut drivers = drivers();
        match drivers.iter_mut().find(|(id, _)| *id == runtime) {
            Some((_, count)) => *count += 1,
            None => drivers.push((runtime, 1)),
        }
        Counted(runtime)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut drivers = drivers();
        let Some(at) = drivers.iter().position(|(id, _)| *id == self.0) else {
            return;
        };
        drivers[at].1 -= 1;
        if drivers[at].1 == 0 {
            drivers.swap_remove(at);
            drop(drivers);
            DRIVER_ENDED.notify_waiters();
        }
    }
}
