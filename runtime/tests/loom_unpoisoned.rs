//! The mutex of the queues, model-checked.
//! `RUSTFLAGS="--cfg loom" cargo test --release --no-default-features --test loom_unpoisoned`
#![cfg(loom)]

macro_rules! const_fn {
    ($($function:tt)*) => { $($function)* };
}

#[path = "../src/locks/unpoisoned.rs"]
mod unpoisoned;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};
    pub(crate) use loom::sync::{Condvar, Mutex};
}

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use std::panic::{AssertUnwindSafe, catch_unwind};
use unpoisoned::Unpoisoned;

/// Loom reports any access that is not ordered by the mutex.
type Counter = Unpoisoned<UnsafeCell<usize>>;

fn visit(counter: &Counter) -> usize {
    let guard = counter.lock();
    // SAFETY: nobody else has the guard.
    guard.with_mut(|count| unsafe {
        *count += 1;
        *count
    })
}

fn check(threads: usize, visits: usize, preemptions: Option<usize>) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let counter = Arc::new(Counter::new(UnsafeCell::new(0)));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    for _ in 0..visits {
                        visit(&counter);
                    }
                })
            })
            .collect();
        for _ in 0..visits {
            visit(&counter);
        }
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(visit(&counter), threads * visits + 1);
    });
}

#[test]
fn two_take_turns() {
    check(2, 2, None);
}

#[test]
fn all_of_three_have_their_turn() {
    check(3, 1, Some(3));
}

#[test]
fn it_is_given_back_by_a_panic() {
    loom::model(|| {
        let counter = Arc::new(Counter::new(UnsafeCell::new(0)));
        let other = Arc::clone(&counter);
        let thread = thread::spawn(move || visit(&other));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _guard = counter.lock();
            panic!("with the guard");
        }));
        assert!(panic.is_err());
        visit(&counter);
        thread.join().unwrap();
        assert_eq!(visit(&counter), 3);
    });
}
