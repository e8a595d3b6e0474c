//! The counted references of task groups, model-checked.
//! `RUSTFLAGS="--cfg loom" cargo test --release --no-default-features --test loom_counted`
#![cfg(loom)]

#[path = "../src/memory/counted.rs"]
mod counted;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicU32, Ordering, fence};
}

use counted::Counted;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use std::ptr::NonNull;

/// A box in place of memory from the pool.
struct Pooled<T>(Box<T>);

impl<T> Pooled<T> {
    fn new(make: impl FnOnce() -> T) -> Self {
        Pooled(Box::new(make()))
    }

    fn into_raw(self) -> NonNull<T> {
        NonNull::from(Box::leak(self.0))
    }

    unsafe fn from_raw(place: NonNull<T>) -> Self {
        // SAFETY: it comes from `into_raw`.
        Pooled(unsafe { Box::from_raw(place.as_ptr()) })
    }
}

/// Loom reports it if the drop is not after all that the others have done.
struct Value {
    seen: UnsafeCell<()>,
    drops: Arc<AtomicUsize>,
}

// SAFETY: the cell is written in the drop only.
unsafe impl Sync for Value {}

impl Value {
    fn look(&self) {
        self.seen.with(|_| ());
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.seen.with_mut(|_| ());
        self.drops.fetch_add(1, sync::Ordering::Relaxed);
    }
}

#[test]
fn the_last_reference_drops_the_value_after_all_who_used_it() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (counted, other) = Counted::pair(|| Value {
            seen: UnsafeCell::new(()),
            drops: Arc::clone(&drops),
        });
        let others = [counted.clone(), other].map(|counted| {
            thread::spawn(move || {
                let again = counted.clone();
                drop(counted);
                again.look();
            })
        });
        counted.look();
        drop(counted);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(drops.load(sync::Ordering::Relaxed), 1);
    });
}

#[test]
fn who_is_alone_comes_after_all_who_used_it() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (counted, other) = Counted::pair(|| Value {
            seen: UnsafeCell::new(()),
            drops: Arc::clone(&drops),
        });
        let other = thread::spawn(move || {
            let again = other.clone();
            drop(other);
            again.look();
        });
        if counted.is_alone() {
            counted.seen.with_mut(|_| ());
        }
        drop(counted);
        other.join().unwrap();
        assert_eq!(drops.load(sync::Ordering::Relaxed), 1);
    });
}
