//! What is allocated: nothing for joins and races whose branches are ready.

use asyncio::__private::{Branch, BranchFailsWith, Branches, Race, all};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(run: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

struct Plain<F>(F);

impl<F: Future> Branch for Plain<F> {
    type Future = F;
    type Item = F::Output;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future> BranchFailsWith<()> for Plain<F> {
    fn split(output: F::Output) -> Result<F::Output, ()> {
        Ok(output)
    }
}

fn poll_to_end<F: Future>(future: F) {
    let mut future = pin!(future);
    while future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_pending()
    {}
}

/// Pending twice; keeps its waker if it is told to.
async fn wait_twice(keep: bool) {
    let mut kept = None;
    let mut left = 2;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        if keep {
            kept.get_or_insert_with(|| cx.waker().clone()).wake_by_ref();
        } else {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(Box::new(1))), 1);
}

#[test]
fn a_gather_whose_branches_are_ready_allocates_nothing() {
    let ready = || Plain(ready(1u64));
    let all_ready = || {
        let four = (ready(), ready(), ready(), ready());
        let eight = (
            ready(),
            ready(),
            ready(),
            ready(),
            ready(),
            ready(),
            ready(),
            ready(),
        );
        poll_to_end(four.join());
        poll_to_end(eight.join());
    };
    assert_eq!(allocations(all_ready), 0);
}

#[test]
fn a_race_with_a_ready_branch_allocates_nothing() {
    let race = || poll_to_end((Some(ready(1)), Some(wait_twice(true))).race());
    // Dropping branches takes a little memory once a thread.
    race();
    assert_eq!(allocations(race), 0);
}

#[test]
fn branches_that_wake_themselves_allocate_nothing() {
    let yields = || poll_to_end((Plain(wait_twice(false)), Plain(wait_twice(false))).join());
    assert_eq!(allocations(yields), 0);
}

#[test]
fn a_gather_that_waits_allocates_nothing_once_the_pool_is_filled() {
    let branch = || Plain(wait_twice(true));
    let waits = || poll_to_end((branch(), branch(), branch()).join());
    assert!(allocations(waits) > 0, "the first one fills the pool");
    assert_eq!(allocations(waits), 0);
}

#[test]
fn a_spread_allocates_a_few_times_whatever_its_size() {
    let spread = |count: usize| poll_to_end(all((0..count).map(|_| wait_twice(true)), count));
    spread(10_000);
    for count in [1, 10, 64, 1000, 10_000] {
        let made = allocations(|| spread(count));
        // The branches, what tells who was woken, and the result.
        assert!(made <= 3, "{made} allocations for {count} branches");
    }
}

#[test]
fn a_scope_without_guards_allocates_nothing() {
    let scoped = || poll_to_end(asyncio::scope(wait_twice(false)));
    assert_eq!(allocations(scoped), 0);
    assert!(allocations(|| asyncio::finally(async {}).disarm()) <= 1);
}

#[test]
fn a_guard_costs_a_few_allocations_in_all() {
    let guarded = || {
        poll_to_end(asyncio::scope(async {
            let _guard = asyncio::finally(async {});
        }));
    };
    guarded();
    let made = allocations(guarded);
    assert!(made <= 12, "{made} allocations for one guard");
}

/// The limit takes a timer, which is inside of it.
#[test]
fn a_time_limit_without_guards_allocates_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let limited = |keep| asyncio::timeout(60, wait_twice(keep));
        limited(false).await.unwrap();
        let before = ALLOCATIONS.get();
        limited(false).await.unwrap();
        asyncio::wait_for(wait_twice(false), 60).await.unwrap();
        asyncio::move_on_after(60, wait_twice(false)).await.unwrap();
        assert_eq!(ALLOCATIONS.get() - before, 0);
    });
}

/// Two: the cell of Tokio's task, and what has the waker of a task that waits. What its handles share, its future,
/// and the place for its value come from the pool.
#[test]
fn a_task_takes_two_allocations() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let task = || asyncio::create_task(wait_twice(false));
        for _ in 0..100 {
            task().await.unwrap();
        }
        let before = ALLOCATIONS.get();
        for _ in 0..100 {
            task().await.unwrap();
        }
        assert_eq!(ALLOCATIONS.get() - before, 200);
    });
}
