//! The primitives allocate nothing where nobody waits.

mod support;

use asyncio::{
    Barrier, BoundedSemaphore, CapacityLimiter, Condition, Event, Lock, Queue, Semaphore,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use support::poll_once;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Not where the thread is being torn down.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `work` makes on this thread.
fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATIONS.get();
    let value = work();
    let count = ALLOCATIONS.get() - before;
    drop(value);
    count
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| Box::new(1)), 1);
}

#[test]
fn an_uncontended_primitive_is_made_used_and_dropped_without_an_allocation() {
    let count = allocations(|| {
        let lock = Lock::new(1);
        *poll_once(lock.acquire()).unwrap() += 1;
        drop(lock.try_acquire().unwrap());
        let condition = Condition::new();
        let guard = lock.try_acquire().unwrap();
        drop(poll_once(condition.wait_for(guard, |value| *value == 2)).unwrap());
        condition.notify_all();

        let semaphore = Semaphore::new(2);
        drop((
            poll_once(semaphore.acquire()),
            poll_once(semaphore.acquire()),
        ));
        semaphore.release();
        let bounded = BoundedSemaphore::new(1);
        drop(poll_once(bounded.acquire()));
        bounded.release().unwrap_err();
        let limiter = CapacityLimiter::new(1);
        drop(poll_once(limiter.acquire()));
        limiter.set_total_tokens(2);

        let event = Event::new();
        event.set();
        poll_once(event.wait()).unwrap();
        poll_once(Barrier::new(1).wait()).unwrap().unwrap();
    });
    assert_eq!(count, 0);
}

#[test]
fn a_queue_allocates_only_to_grow() {
    let queue = Queue::new(4);
    queue.put_nowait(0).unwrap();
    let count = allocations(|| {
        for item in 0..100 {
            poll_once(queue.put(item)).unwrap().unwrap();
            drop(poll_once(queue.get_job()).unwrap().unwrap());
        }
        queue.get_nowait().unwrap();
        queue.task_done().unwrap();
        poll_once(queue.join()).unwrap();
    });
    assert_eq!(count, 0);
}

#[test]
fn a_place_in_line_is_used_again() {
    let lock = Lock::new(());
    let wait = || {
        let guard = lock.try_acquire().unwrap();
        let mut waiting = lock.acquire();
        assert!(poll_once(&mut waiting).is_none());
        drop(guard);
        drop(poll_once(&mut waiting).unwrap());
    };
    assert!(allocations(wait) > 0);
    assert_eq!(allocations(wait), 0);
}
