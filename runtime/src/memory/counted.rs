//! An `Arc` whose memory comes from the pool.
//!
//! # Why this is sound
//!
//! The value lives until the last reference is dropped, as in `Arc`, and is given out shared only. Model-checked:
//! `tests/loom_counted.rs`.
#![allow(unsafe_code)]

use super::Pooled;
use super::sync::{AtomicU32, Ordering, fence};
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::abort;
use std::ptr::NonNull;

/// A counted reference to a value in memory of the [`pool`](super::pool).
pub(crate) struct Counted<T>(NonNull<Inner<T>>, PhantomData<Inner<T>>);

struct Inner<T> {
    references: AtomicU32,
    value: T,
}

// SAFETY: as of an `Arc`.
unsafe impl<T: Send + Sync> Send for Counted<T> {}
// SAFETY: as of an `Arc`.
unsafe impl<T: Send + Sync> Sync for Counted<T> {}

impl<T> Unpin for Counted<T> {}
impl<T: RefUnwindSafe> UnwindSafe for Counted<T> {}

impl<T> Counted<T> {
    /// Two references, for less than it takes to make one and clone it.
    #[inline(always)]
    pub(crate) fn pair(make: impl FnOnce() -> T) -> (Self, Self) {
        let inner = || Inner {
            references: AtomicU32::new(2),
            value: make(),
        };
        let place = Pooled::new(inner).into_raw();
        (Counted(place, PhantomData), Counted(place, PhantomData))
    }

    /// Whether there is no other reference, and so will be none; what others did with theirs is seen.
    #[inline]
    pub(crate) fn is_alone(&self) -> bool {
        self.inner().references.load(Ordering::Acquire) == 1
    }

    fn inner(&self) -> &Inner<T> {
        // SAFETY: it lives as long as there is a reference.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner().value
    }
}

impl<T> Clone for Counted<T> {
    #[inline]
    fn clone(&self) -> Self {
        let before = self.inner().references.fetch_add(1, Ordering::Relaxed);
        if before > u32::MAX / 2 {
            abort(); // references were forgotten; the count must not begin anew
        }
        Counted(self.0, PhantomData)
    }
}

impl<T> Drop for Counted<T> {
    #[inline]
    fn drop(&mut self) {
        if self.inner().references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: it comes from `into_raw`, and this was the last reference.
            drop(unsafe { Pooled::from_raw(self.0) });
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn the_last_of_all_threads_drops_the_value() {
        let value = Arc::new(());
        let (counted, other) = Counted::pair(|| Arc::clone(&value));
        let others: Vec<_> = (0..4)
            .map(|_| {
                let counted = counted.clone();
                thread::spawn(move || Arc::strong_count(&counted))
            })
            .collect();
        drop((counted, other));
        for other in others {
            assert_eq!(other.join().expect("it does not panic"), 2);
        }
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
