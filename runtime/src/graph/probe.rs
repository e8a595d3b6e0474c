//! Finds out whether a future outside of this crate keeps the waker it is polled with.
//!
//! What waits for a lock of ours and, in the same `tokio::select!`, for a socket, is not stuck when the
//! lock is: whether there is such a socket can be told by the waker alone. So where introspection is on
//! a task is polled with a waker that counts how often it is cloned. Clones are those of the waker
//! behind it; they know nothing of the count. The futures of this crate take theirs by [`own_clone`].
//!
//! # Why this is sound
//!
//! The waker of a [`Probe`] is behind a reference whose lifetime is bound to that of the waker it stands
//! for. Safe code cannot get it out by value from there; all it can do is call `wake_by_ref`, `clone`
//! and `will_wake`, while that waker is borrowed and so alive and in its place.
#![allow(unsafe_code)]

use super::record::{count_clone, is_collected, uncounted};
use crate::tasks::clone_of_task;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// A clone that is not counted: the wait it is for is recorded.
#[inline]
pub(crate) fn own_clone(waker: &Waker) -> Waker {
    if is_collected() {
        return uncounted_clone(waker);
    }
    waker.clone()
}

fn uncounted_clone(waker: &Waker) -> Waker {
    clone_of_task(waker).unwrap_or_else(|| uncounted(|| waker.clone()))
}

/// Stands for a waker, and counts its clones.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    waker: ManuallyDrop<Waker>,
    real: PhantomData<&'a Waker>,
}

impl<'a> Probe<'a> {
    pub(crate) fn new(real: &'a Waker) -> Self {
        let data = ptr::from_ref(real).cast::<()>();
        // SAFETY: the functions of the table can be called from any thread while `real` is borrowed,
        // which the lifetime sees to, and do what the contract of `RawWaker` asks for. The waker owns
        // nothing, so it need not be dropped.
        let waker = unsafe { Waker::new(data, &WAKER) };
        Probe {
            waker: ManuallyDrop::new(waker),
            real: PhantomData,
        }
    }
}

impl Deref for Probe<'_> {
    type Target = Waker;

    fn deref(&self) -> &Waker {
        &self.waker
    }
}

// A `static`: `Waker::will_wake` compares the address, and a `const` may have several.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop_nothing);

fn drop_nothing(_data: *const ()) {}

/// # Safety
///
/// `data` must come from [`Probe::new`], with the waker still borrowed.
unsafe fn real<'a>(data: *const ()) -> &'a Waker {
    // SAFETY: it is the address of a `&Waker`, and the caller promises that it is alive.
    unsafe { &*data.cast::<Waker>() }
}

/// # Safety
///
/// As [`real`].
unsafe fn clone(data: *const ()) -> RawWaker {
    count_clone();
    // SAFETY: passed on to the caller.
    let real = unsafe { real(data) };
    // Becomes what this gives.
    let clone = ManuallyDrop::new(real.clone());
    RawWaker::new(clone.data(), clone.vtable())
}

/// # Safety
///
/// As [`real`].
unsafe fn wake(data: *const ()) {
    // SAFETY: passed on to the caller.
    unsafe { real(data) }.wake_by_ref();
}

#[cfg(test)]
mod tests {
    use super::super::record::Collecting;
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_clone_is_that_of_the_real_waker_and_is_counted() {
        let count = Arc::new(Count::default());
        let real = Waker::from(Arc::clone(&count));
        let probe = Probe::new(&real);
        let collecting = Collecting::start();
        let own = own_clone(&probe);
        assert!(!collecting.finish().into_waits().foreign);
        let collecting = Collecting::start();
        let clone = probe.clone();
        assert!(collecting.finish().into_waits().foreign);
        assert!(clone.will_wake(&real));
        assert!(!clone.will_wake(&probe));
        probe.wake_by_ref();
        clone.wake();
        own.wake_by_ref();
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
        drop(own);
        drop(real);
        assert_eq!(Arc::strong_count(&count), 1, "no clone is forgotten");
    }
}
