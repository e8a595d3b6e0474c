//! The state machine under `Lock` and the semaphores, model-checked: every interleaving of these small
//! programs. `RUSTFLAGS="--cfg loom" cargo test --release --no-default-features --test loom_permits`
#![cfg(loom)]
#![allow(
    dead_code,
    reason = "the sources are compiled here a second time, against loom"
)]

macro_rules! const_fn {
    ($($function:tt)*) => { $($function)* };
}

#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/graph/off.rs"]
mod graph;
#[path = "../src/locks/permits.rs"]
mod permits;
#[path = "../src/locks/waitlist.rs"]
mod waitlist;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
}

use graph::Kind;
use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use permits::{Acquiring, Permits};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// As the futures of `Lock` and `Semaphore`.
struct Acquire<'a>(&'a Permits, Acquiring);

fn acquire(permits: &Permits) -> Acquire<'_> {
    Acquire(permits, Acquiring::Start)
}

impl Future for Acquire<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let permits = self.0;
        self.1.poll(permits, cx)
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        self.1.cancel(self.0);
    }
}

/// Polls once and gives up.
fn give_up(permits: &Permits) -> bool {
    let mut acquire = acquire(permits);
    let poll = Pin::new(&mut acquire).poll(&mut Context::from_waker(Waker::noop()));
    poll.is_ready()
}

/// A lock around data that loom watches: it reports any access that is not ordered by the lock.
struct Locked {
    permits: Permits,
    data: UnsafeCell<usize>,
}

// SAFETY: the data is reached with the one permit only.
unsafe impl Sync for Locked {}

impl Locked {
    fn new() -> Arc<Self> {
        Arc::new(Locked {
            permits: Permits::new(1, Kind::Lock),
            data: UnsafeCell::new(0),
        })
    }

    fn add_and_release(&self) {
        // SAFETY: the caller has the permit.
        self.data.with_mut(|data| unsafe { *data += 1 });
        self.permits.release();
    }

    fn visit(&self) {
        block_on(acquire(&self.permits));
        self.add_and_release();
    }
}

fn check_all_returned(permits: &Permits, count: usize) {
    assert_eq!(permits.available(), count);
    assert_eq!(permits.waiting(), 0);
    assert!(!permits.locked(), "the fast path is open again");
}

#[test]
fn two_lock_and_nobody_is_lost() {
    loom::model(|| {
        let lock = Locked::new();
        let other = lock.clone();
        let thread = thread::spawn(move || other.visit());
        lock.visit();
        thread.join().unwrap();
        check_all_returned(&lock.permits, 1);
        assert_eq!(lock.data.with(|data| unsafe { *data }), 2);
    });
}

#[test]
fn three_lock_and_nobody_is_lost() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let lock = Locked::new();
        let threads = [lock.clone(), lock.clone()].map(|lock| thread::spawn(move || lock.visit()));
        lock.visit();
        for thread in threads {
            thread.join().unwrap();
        }
        check_all_returned(&lock.permits, 1);
    });
}

#[test]
fn one_that_gives_up_passes_the_lock_on() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let lock = Locked::new();
        let (a, b) = (lock.clone(), lock.clone());
        let quitter = thread::spawn(move || {
            if give_up(&a.permits) {
                a.add_and_release();
            }
        });
        let visitor = thread::spawn(move || b.visit());
        lock.visit();
        quitter.join().unwrap();
        visitor.join().unwrap();
        check_all_returned(&lock.permits, 1);
    });
}

#[test]
fn a_release_reaches_a_waiter_that_is_just_arriving() {
    loom::model(|| {
        let permits = Arc::new(Permits::new(0, Kind::Lock));
        let other = permits.clone();
        let thread = thread::spawn(move || assert!(other.release_up_to(2)));
        block_on(acquire(&permits));
        thread.join().unwrap();
        check_all_exhausted(&permits);
    });
}

fn check_all_exhausted(permits: &Permits) {
    assert_eq!((permits.available(), permits.waiting()), (0, 0));
}

#[test]
fn two_releases_reach_two_waiters() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let permits = Arc::new(Permits::new(0, Kind::Lock));
        let (a, b) = (permits.clone(), permits.clone());
        let releaser = thread::spawn(move || {
            a.release();
            a.release();
        });
        let waiter = thread::spawn(move || block_on(acquire(&b)));
        block_on(acquire(&permits));
        releaser.join().unwrap();
        waiter.join().unwrap();
        check_all_exhausted(&permits);
    });
}

#[test]
fn a_new_waker_is_not_missed() {
    loom::model(|| {
        let permits = Arc::new(Permits::new(0, Kind::Lock));
        let other = permits.clone();
        let thread = thread::spawn(move || other.release());
        let mut waiting = acquire(&permits);
        let first = Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            block_on(poll_fn(|cx| Pin::new(&mut waiting).poll(cx)));
        }
        thread.join().unwrap();
        check_all_exhausted(&permits);
    });
}
