//! Cleanup that no scope takes: it was dropped outside of all of them.
//!
//! It goes to the running runtime. Orphans that one task drops in one go share a driver, so that their
//! order holds: the driver seals its batch when it is first polled.

use super::frame::Branch;
use super::pending::{Item, Pending};
use super::report::Loss;
use super::{Drain, report};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

/// What one task drops in one go; `None` once its driver runs.
type Batch = Mutex<Option<Vec<Item>>>;

/// Where a batch was begun: by this task, or in this `block_on`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::Id>,
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Id>,
}

impl Place {
    #[cfg(feature = "tokio")]
    fn here() -> Self {
        let runtime = tokio::runtime::Handle::try_current().ok();
        Place {
            task: tokio::task::try_id(),
            runtime: runtime.map(|handle| handle.id()),
        }
    }

    #[cfg(not(feature = "tokio"))]
    fn here() -> Self {
        Place {}
    }
}

thread_local! {
    static OPEN: RefCell<Option<(Weak<Batch>, Place)>> = const { RefCell::new(None) };
}

/// How many drivers have not ended, by runtime.
#[cfg(feature = "tokio")]
static DRIVERS: Mutex<Vec<(tokio::runtime::Id, usize)>> = Mutex::new(Vec::new());
/// Who waits for that.
#[cfg(feature = "tokio")]
static DRIVER_ENDED: tokio::sync::Notify = tokio::sync::Notify::const_new();

/// Waits until all cleanup without a scope has run that was dropped on this runtime.
#[cfg(feature = "tokio")]
pub(crate) async fn orphans_done(runtime: tokio::runtime::Id) {
    loop {
        let mut ended = std::pin::pin!(DRIVER_ENDED.notified());
        ended.as_mut().enable();
        if !DRIVERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|(id, _)| *id == runtime)
        {
            return;
        }
        ended.await;
    }
}

/// Counts a driver while it lives.
#[derive(Default)]
struct Counted {
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Id>,
}

impl Counted {
    fn new() -> Self {
        #[cfg(feature = "tokio")]
        if let Ok(handle) = tokio::runtime::Handle::try_current() {
            let mut drivers = DRIVERS.lock().unwrap_or_else(PoisonError::into_inner);
            match drivers.iter_mut().find(|(id, _)| *id == handle.id()) {
                Some((_, count)) => *count += 1,
                None => drivers.push((handle.id(), 1)),
            }
            return Counted {
                runtime: Some(handle.id()),
            };
        }
        Counted::default()
    }
}

#[cfg(feature = "tokio")]
impl Drop for Counted {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime else { return };
        let mut drivers = DRIVERS.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = drivers.iter().position(|(id, _)| *id == runtime) else {
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

/// Finds a driver for what no scope takes. `handed` is the number of this hand-over.
pub(super) fn adopt(mut items: Vec<Item>, handed: u64) {
    items.iter_mut().for_each(|item| item.batch = handed);
    let (local, mut items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.local);
    if !local.is_empty() {
        adopt_local(local);
    }
    if items.is_empty() || join_open_batch(&mut items) {
        return;
    }
    let batch = Arc::new(Mutex::new(Some(items)));
    let driver = Driver {
        batch: Arc::clone(&batch),
        drain: Drain::new(),
        pinned: false,
        _counted: Counted::new(),
    };
    if spawn(driver) {
        let open = (Arc::downgrade(&batch), Place::here());
        let _ = OPEN.try_with(|cell| cell.replace(Some(open)));
    }
}

/// The batch that this task began.
fn open_batch() -> Option<Arc<Batch>> {
    let open = OPEN.try_with(|cell| {
        let cell = cell.borrow();
        let (batch, place) = cell.as_ref()?;
        (*place == Place::here()).then(|| batch.upgrade()).flatten()
    });
    open.ok().flatten()
}

/// Puts what was handed over after the hand-over `before` into a branch, as far as its driver has not
/// started.
pub(super) fn mark_newest(branch: Branch, before: u64) {
    let Some(batch) = open_batch() else { return };
    let mut batch = batch.lock().unwrap_or_else(PoisonError::into_inner);
    for item in batch
        .iter_mut()
        .flatten()
        .filter(|item| item.batch > before)
    {
        item.path.insert(0, branch);
    }
}

/// Adds to the batch that this task began, if its driver has not started.
fn join_open_batch(items: &mut Vec<Item>) -> bool {
    let Some(batch) = open_batch() else {
        return false;
    };
    let mut batch = batch.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *batch {
        Some(batch) => {
            batch.append(items);
            true
        }
        None => false,
    }
}

#[cfg(feature = "tokio")]
fn spawn(driver: Driver) -> bool {
    match tokio::runtime::Handle::try_current() {
        Ok(handle) => {
            handle.spawn(driver);
            true
        }
        Err(_) => false, // dropped here, which reports
    }
}

#[cfg(not(feature = "tokio"))]
fn spawn(_driver: Driver) -> bool {
    false
}

/// Cleanup that is not `Send` needs something that stays on this thread: our own event loop.
fn adopt_local(items: Vec<Item>) {
    #[cfg(feature = "tokio")]
    let items = {
        let batch = Arc::new(Mutex::new(Some(items)));
        let driver = Driver {
            batch: Arc::clone(&batch),
            drain: Drain::new(),
            pinned: true,
            _counted: Counted::new(),
        };
        match crate::events::spawn_internal(Box::pin(driver)) {
            Ok(()) => return,
            Err(_no_loop) => batch
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
                .unwrap_or_default(),
        }
    };
    items
        .into_iter()
        .for_each(|item| item.lost(Loss::NotPinned));
}

/// Runs a batch of orphans.
pub(crate) struct Driver {
    batch: Arc<Batch>,
    drain: Drain,
    pinned: bool,
    _counted: Counted,
}

impl Driver {
    /// Seals the batch, if it has not been.
    fn take_batch(&mut self) {
        let items = self
            .batch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(items) = items {
            self.drain
                .pending
                .get_or_insert_with(|| Box::new(Pending::new(true)))
                .hand_over(items);
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.take_batch();
        let pinned = self.pinned;
        std::task::ready!(self.drain.poll_quietly(pinned, cx));
        if let Some(payload) = self.drain.take_panic() {
            report::panic("a cleanup without a scope", &*payload);
        }
        Poll::Ready(())
    }
}

impl Drop for Driver {
    /// Never hands over again: whatever drops a driver is ending.
    fn drop(&mut self) {
        self.take_batch();
        if !self.drain.is_idle() {
            self.drain.stop(self.pinned, Loss::NoRuntime);
        }
    }
}
