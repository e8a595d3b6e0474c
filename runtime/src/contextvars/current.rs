//! The context in force here.
//!
//! Inside of [`Context::run`] and its like it is in a thread-local; else it is the running task's,
//! which has one from the first `set` on or if its creator had one; else it is the thread's own, in the
//! same thread-local.

use super::Context;
use std::cell::Cell;
#[cfg(feature = "tokio")]
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

thread_local! {
    static ENTERED: Cell<Entered> = const { Cell::new(Entered::Nothing) };
}

/// What is entered here.
#[derive(Clone, Debug, Default)]
pub(super) enum Entered {
    /// Nothing: the context is the task's.
    #[default]
    Nothing,
    /// A context without variables, to be made when somebody sets one.
    Empty,
    In(Context),
}

impl Entered {
    /// What a child starts with.
    pub(super) fn inherit() -> Self {
        inherit().map_or(Entered::Empty, Entered::In)
    }
}

/// Whether there ever was a context. Until then none is in force anywhere, and whoever asks for one
/// need not look.
static USED: AtomicBool = AtomicBool::new(false);

/// The id of a variable that is first used now.
pub(super) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A context is made.
pub(super) fn mark_used() {
    if !is_used() {
        USED.store(true, Ordering::Relaxed);
    }
}

/// Whether there ever was a context.
#[inline]
pub(crate) fn is_used() -> bool {
    USED.load(Ordering::Relaxed)
}

fn entered() -> Entered {
    ENTERED
        .try_with(|cell| {
            let entered = cell.take();
            let copy = entered.clone();
            cell.set(entered);
            copy
        })
        .unwrap_or_default()
}

/// The context in force here, if a variable was ever set in it.
pub(crate) fn existing() -> Option<Context> {
    if !is_used() {
        return None;
    }
    match entered() {
        Entered::In(context) => Some(context),
        Entered::Empty => None,
        #[cfg(feature = "tokio")]
        Entered::Nothing => crate::tasks::current::header()?.existing_context(),
        #[cfg(not(feature = "tokio"))]
        Entered::Nothing => None,
    }
}

/// The context in force here, for somebody who changes it.
pub(super) fn existing_or_new() -> Context {
    match entered() {
        Entered::In(context) => return context,
        Entered::Empty => {}
        Entered::Nothing =>
        {
            #[cfg(feature = "tokio")]
            if let Some(task) = crate::tasks::current::header() {
                return task.context();
            }
        }
    }
    let context = Context::new();
    // In a destructor of a thread that ends there is no place to keep it.
    let _ = ENTERED.try_with(|cell| cell.set(Entered::In(context.clone())));
    context
}

/// What a new task starts with.
#[inline]
pub(crate) fn inherit() -> Option<Context> {
    if !is_used() {
        return None;
    }
    inherit_existing()
}

#[inline(never)]
fn inherit_existing() -> Option<Context> {
    existing().map(|context| context.copy())
}

/// A copy of the variables as they are here, which costs nothing where there are none.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub(crate) struct Snapshot(Entered);

#[cfg(feature = "tokio")]
impl Snapshot {
    pub(crate) fn take() -> Self {
        Snapshot(Entered::inherit())
    }

    /// Calls `f` in it.
    pub(crate) fn run<R>(mut self, f: impl FnOnce() -> R) -> R {
        within(&mut self.0, f)
    }
}

/// Calls `f` in the context in `slot`, which holds what is around it meanwhile; each gets its own back, also on unwind.
#[inline]
pub(super) fn within<R>(slot: &mut Entered, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a Cell<Entered>);
    impl Drop for Leave<'_> {
        #[inline]
        fn drop(&mut self) {
            exchange(self.0);
        }
    }
    let slot = Cell::from_mut(slot);
    exchange(slot);
    let _leave = Leave(slot);
    f()
}

/// Enters what is in `slot`, and puts there what was entered until then. (Nothing is, at the end of a thread.)
#[inline]
fn exchange(slot: &Cell<Entered>) {
    let _ = ENTERED.try_with(|entered| entered.swap(slot));
}

/// Keeps what is entered here, and was taken from there, out of sight of a task that is polled inside
/// of it.
// Without a destructor of the field: nearly always there is nothing in it.
#[cfg(feature = "tokio")]
pub(crate) struct Hidden(ManuallyDrop<Entered>);

#[cfg(feature = "tokio")]
#[inline]
pub(crate) fn hide() -> Hidden {
    if !is_used() {
        return Hidden(ManuallyDrop::new(Entered::Nothing));
    }
    Hidden(ManuallyDrop::new(
        ENTERED.try_with(Cell::take).unwrap_or_default(),
    ))
}

#[cfg(feature = "tokio")]
impl Drop for Hidden {
    #[inline]
    fn drop(&mut self) {
        // A task leaves nothing there: it has a context of its own.
        if !matches!(*self.0, Entered::Nothing) {
            exchange(Cell::from_mut(&mut *self.0));
            drop(std::mem::take(&mut *self.0));
        }
    }
}
