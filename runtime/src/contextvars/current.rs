//! The context in force here.
//!
//! Inside of [`Context::run`] and its like it is in a thread-local; else it is the running task's,
//! which has one from the first `set` on or if its creator had one; else it is the thread's own, in the
//! same thread-local.
//!
//! Whether something is entered has a thread-local of its own: until there ever was a context, that is all that changes.

use super::Context;
use std::cell::Cell;
#[cfg(feature = "tokio")]
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

thread_local! {
    static IS_ENTERED: Cell<bool> = const { Cell::new(false) };
    static CONTEXT: Cell<Option<Context>> = const { Cell::new(None) };
}

/// What is entered here.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    /// Something is. Else the context is the task's.
    is_some: bool,
    /// None if it has no variables: it is made when somebody sets one.
    context: Option<Context>,
}

impl Entered {
    pub(super) const fn of(context: Option<Context>) -> Self {
        Entered {
            is_some: true,
            context,
        }
    }

    /// What a child starts with.
    pub(super) fn inherit() -> Self {
        Entered::of(inherit())
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
    let context = CONTEXT.try_with(|cell| {
        let context = cell.take();
        let copy = context.clone();
        cell.set(context);
        copy
    });
    Entered {
        is_some: IS_ENTERED.get(),
        context: context.unwrap_or_default(),
    }
}

/// The context in force here, if a variable was ever set in it.
pub(crate) fn existing() -> Option<Context> {
    if !is_used() {
        return None;
    }
    let entered = entered();
    #[cfg(feature = "tokio")]
    if !entered.is_some {
        return crate::tasks::current::header()?.existing_context();
    }
    entered.context
}

/// The context in force here, for somebody who changes it.
pub(super) fn existing_or_new() -> Context {
    let entered = entered();
    if let Some(context) = entered.context {
        return context;
    }
    #[cfg(feature = "tokio")]
    if !entered.is_some
        && let Some(task) = crate::tasks::current::header()
    {
        return task.context();
    }
    let context = Context::new();
    exchange(&mut Entered::of(Some(context.clone())));
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
    struct Leave<'a>(&'a mut Entered);
    impl Drop for Leave<'_> {
        #[inline]
        fn drop(&mut self) {
            exchange(self.0);
        }
    }
    exchange(slot);
    let _leave = Leave(slot);
    f()
}

/// Enters what is in `slot`, and puts there what was entered until then.
#[inline]
fn exchange(slot: &mut Entered) {
    slot.is_some = IS_ENTERED.replace(slot.is_some);
    if is_used() {
        exchange_contexts(&mut slot.context);
    }
}

#[inline(never)]
fn exchange_contexts(context: &mut Option<Context>) {
    // In a destructor of a thread that ends there is no place to keep one.
    let _ = CONTEXT.try_with(|cell| cell.swap(Cell::from_mut(context)));
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
        return Hidden(ManuallyDrop::new(Entered::default()));
    }
    let mut hidden = Entered::default();
    exchange(&mut hidden);
    Hidden(ManuallyDrop::new(hidden))
}

#[cfg(feature = "tokio")]
impl Drop for Hidden {
    #[inline]
    fn drop(&mut self) {
        // A task leaves nothing there: it has a context of its own.
        if self.0.is_some {
            exchange(&mut self.0);
            drop(std::mem::take(&mut *self.0));
        }
    }
}
