//! The wakers of a task, which are counted references to it.

use super::{Head, TaskRef};
use crate::graph::count_clone;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

impl TaskRef {
    /// Runs `f` with a context whose wake-ups are this task's. With introspection clones are counted.
    #[inline]
    pub(crate) fn with_context<R>(
        &self,
        counts_clones: bool,
        f: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        let table = if counts_clones {
            &COUNTING_WAKER
        } else {
            &WAKER
        };
        let data = self.0.as_ptr().cast::<()>();
        // SAFETY: the table's functions take references for what they are. It is not dropped, so it
        // needs no reference of its own while `self` is there.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data.cast_const(), table) });
        f(&mut Context::from_waker(&waker))
    }
}

// A `static`: `Waker::will_wake` compares the address, and a `const` may have several.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, forget);

/// Of the waker that a task is polled with while there is introspection, which its clones do not equal: see
/// [`Probe`](crate::graph).
static COUNTING_WAKER: RawWakerVTable =
    RawWakerVTable::new(clone_and_count, wake, wake_by_ref, forget);

/// A clone that is not counted, if this is a waker that counts them.
#[inline]
pub(crate) fn clone_of_task(waker: &Waker) -> Option<Waker> {
    if !std::ptr::eq(waker.vtable(), &COUNTING_WAKER) {
        return None;
    }
    // SAFETY: wakers with this table are those of tasks, and it is alive.
    Some(unsafe { Waker::from_raw(clone(waker.data())) })
}

/// # Safety
///
/// As [`task_of`].
unsafe fn clone_and_count(data: *const ()) -> RawWaker {
    count_clone();
    // SAFETY: passed on to the caller.
    unsafe { clone(data) }
}

/// # Safety
///
/// `data` must be that of a waker of a task.
#[inline]
unsafe fn task_of(data: *const ()) -> ManuallyDrop<TaskRef> {
    // SAFETY: it is the address of a head, never null.
    let head = unsafe { NonNull::new_unchecked(data.cast_mut().cast::<Head>()) };
    ManuallyDrop::new(TaskRef(head))
}

/// # Safety
///
/// As [`task_of`].
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: passed on to the caller.
    let task = unsafe { task_of(data) };
    std::mem::forget(TaskRef::clone(&task)); // is the new waker's
    RawWaker::new(data, &WAKER)
}

/// # Safety
///
/// As [`task_of`]; it takes the waker's reference.
unsafe fn wake(data: *const ()) {
    // SAFETY: passed on to the caller.
    let task = ManuallyDrop::into_inner(unsafe { task_of(data) });
    task.wake();
}

/// # Safety
///
/// As [`task_of`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: passed on to the caller.
    unsafe { task_of(data) }.wake();
}

/// # Safety
///
/// As [`task_of`]; it takes the waker's reference.
unsafe fn forget(data: *const ()) {
    // SAFETY: passed on to the caller.
    drop(ManuallyDrop::into_inner(unsafe { task_of(data) }));
}
