//! What `gather!` promises, in terms of the types it expands to.

use asyncio::__private::{AnyResult, Branch, BranchFailsWith, Branches, Group, all, try_all};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::sleep;

/// A branch whose output is its item.
struct Plain<F>(F);

impl<F: Future> Branch for Plain<F> {
    type Future = F;
    type Item = F::Output;

    fn into_future(self) -> F {
        self.0
    }
}

impl<E, F: Future> BranchFailsWith<E> for Plain<F> {
    fn split(output: F::Output) -> Result<F::Output, E> {
        Ok(output)
    }
}

/// A branch that can fail.
struct Fallible<F>(F);

impl<F: Future<Output: AnyResult>> Branch for Fallible<F> {
    type Future = F;
    type Item = <F::Output as AnyResult>::Value;

    fn into_future(self) -> F {
        self.0
    }
}

impl<E, T, F: Future<Output = Result<T, E>>> BranchFailsWith<E> for Fallible<F> {
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }
}

/// Counts its drops.
struct Dropped<'a>(&'a Cell<u32>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pending once; wakes itself.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn branches_run_side_by_side() {
    let begun = tokio::time::Instant::now();
    let slow = |seconds, value| async move {
        sleep(Duration::from_secs(seconds)).await;
        value
    };
    let joined = (
        Plain(slow(3, "a")),
        Plain(slow(1, "b")),
        Plain(slow(2, "c")),
    )
        .join();
    assert_eq!(joined.await, Ok::<_, Infallible>(("a", "b", "c")));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[test]
fn no_branch_is_ready_at_once() {
    let joined = pin!(Branches::<()>::join(()));
    assert_eq!(poll_once(joined), Poll::Ready(Ok(())));
}

#[test]
fn nothing_runs_before_the_first_poll() {
    let ran = Cell::new(false);
    let joined = Branches::<()>::join((Plain(async { ran.set(true) }),));
    assert!(!ran.get());
    assert!(poll_once(pin!(joined)).is_ready());
    assert!(ran.get());
}

#[test]
fn branches_are_polled_in_argument_order() {
    let order = RefCell::new(Vec::new());
    let note = |name| {
        let order = &order;
        async move {
            order.borrow_mut().push(name);
            yield_once().await;
            order.borrow_mut().push(name);
        }
    };
    let mut joined = pin!(Branches::<()>::join((
        Plain(note('a')),
        Plain(note('b')),
        Plain(note('c'))
    )));
    assert!(poll_once(joined.as_mut()).is_pending());
    assert!(poll_once(joined.as_mut()).is_ready());
    assert_eq!(*order.borrow(), ['a', 'b', 'c', 'a', 'b', 'c']);
}

#[tokio::test(start_paused = true)]
async fn the_first_error_by_time_ends_the_gather() {
    let begun = tokio::time::Instant::now();
    let drops = Cell::new(0);
    let fail = |seconds| async move {
        sleep(Duration::from_secs(seconds)).await;
        Err::<(), u64>(seconds)
    };
    let never = async {
        let _dropped = Dropped(&drops);
        pending::<Result<(), u64>>().await
    };
    let joined = (Fallible(fail(5)), Fallible(fail(2)), Fallible(never)).join();
    assert_eq!(joined.await, Err(2));
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    assert_eq!(drops.get(), 1);
}

#[test]
fn values_of_finished_branches_are_dropped_on_failure() {
    let drops = Cell::new(0);
    let joined = (
        Plain(ready(Dropped(&drops))),
        Fallible(ready(Err::<(), _>("no"))),
    )
        .join();
    let Poll::Ready(result) = poll_once(pin!(joined)) else {
        panic!("both branches were ready");
    };
    assert_eq!(result.err(), Some("no"));
    assert_eq!(drops.get(), 1);
}

#[test]
fn dropping_a_gather_drops_each_branch_once() {
    let drops = Cell::new(0);
    let guarded = || async {
        let _dropped = Dropped(&drops);
        pending::<()>().await;
    };
    {
        let mut joined = pin!(Branches::<()>::join((
            Plain(guarded()),
            Plain(ready(Dropped(&drops))),
            Plain(guarded())
        )));
        assert!(poll_once(joined.as_mut()).is_pending());
    }
    assert_eq!(drops.get(), 3);
}

#[test]
fn a_panic_goes_through_and_siblings_are_dropped_once() {
    let drops = Cell::new(0);
    let polls = Cell::new(0);
    let sibling = async {
        let _dropped = Dropped(&drops);
        pending::<()>().await;
    };
    let bad = poll_fn(|_| -> Poll<()> {
        polls.set(polls.get() + 1);
        panic!("oh no")
    });
    {
        let mut joined = pin!(Branches::<()>::join((Plain(sibling), Plain(bad))));
        let panic = catch_unwind(AssertUnwindSafe(|| poll_once(joined.as_mut()))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"oh no"));
        let again = catch_unwind(AssertUnwindSafe(|| poll_once(joined.as_mut()))).unwrap_err();
        assert_eq!(
            again.downcast_ref::<String>().map(String::as_str),
            Some("a gather was polled again after one of its branches panicked")
        );
        assert_eq!((polls.get(), drops.get()), (1, 0));
    }
    assert_eq!(drops.get(), 1);
}

#[test]
#[should_panic(expected = "a gather was polled again after it was done")]
fn polling_after_the_end_panics() {
    let mut joined = pin!(Branches::<()>::join((Plain(ready(1)),)));
    assert_eq!(poll_once(joined.as_mut()), Poll::Ready(Ok((1,))));
    let _ = poll_once(joined);
}

#[test]
fn a_group_is_one_branch() {
    let grouped = (
        Group((Plain(ready(1)), Plain(ready(2)))),
        Plain(ready(3)),
        Group((Group((Plain(ready(4)),)),)),
    );
    let joined = pin!(Branches::<()>::join(grouped));
    assert_eq!(poll_once(joined), Poll::Ready(Ok(((1, 2), 3, ((4,),)))));
}

#[test]
fn an_error_in_a_group_ends_the_whole() {
    let grouped = (
        Plain(pending::<()>()),
        Group((Fallible(ready(Err::<(), _>("no"))), Plain(pending::<()>()))),
    );
    assert_eq!(poll_once(pin!(grouped.join())), Poll::Ready(Err("no")));
}

#[tokio::test(start_paused = true)]
async fn a_spread_keeps_the_order_of_its_iterator() {
    let squares = all(
        (0..200u64).map(|i| async move {
            sleep(Duration::from_millis((i * 37) % 101)).await;
            i * i
        }),
        usize::MAX,
    );
    assert_eq!(squares.await, (0..200).map(|i| i * i).collect::<Vec<_>>());
}

#[test]
fn an_empty_spread_is_ready_at_once() {
    let nothing = all(Vec::<std::future::Ready<()>>::new(), 1);
    assert_eq!(poll_once(pin!(nothing)), Poll::Ready(vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_limit_bounds_how_many_run() {
    let begun = tokio::time::Instant::now();
    let (running, most) = (Cell::new(0), Cell::new(0));
    let job = |i: u64| {
        let (running, most) = (&running, &most);
        async move {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            sleep(Duration::from_secs(1)).await;
            running.set(running.get() - 1);
            i
        }
    };
    assert_eq!(all((0..10).map(job), 3).await, (0..10).collect::<Vec<_>>());
    assert_eq!(most.get(), 3);
    assert_eq!(begun.elapsed(), Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn each_that_finishes_makes_room_at_once() {
    let begun = tokio::time::Instant::now();
    let jobs = [3, 1, 1, 1].map(|seconds| sleep(Duration::from_secs(seconds)));
    all(jobs, 2).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[test]
fn a_limit_is_kept_by_branches_that_are_ready_at_once() {
    let polled = Cell::new(0);
    let jobs = (0..500).map(|i| {
        let polled = &polled;
        async move {
            polled.set(polled.get() + 1);
            i
        }
    });
    assert_eq!(
        poll_once(pin!(all(jobs, 1))),
        Poll::Ready((0..500).collect())
    );
    assert_eq!(polled.get(), 500);
}

#[test]
fn a_spread_says_how_far_it_is() {
    let yields = |times: u32| async move {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    };
    let mut spread = pin!(all([0, 1, 0].map(yields), 3));
    assert_eq!(
        format!("{spread:?}"),
        "All { phase: Open, branches: 3, pending: 3, .. }"
    );
    assert!(poll_once(spread.as_mut()).is_pending());
    assert_eq!(
        format!("{spread:?}"),
        "All { phase: Open, branches: 3, pending: 1, .. }"
    );
    assert!(poll_once(spread.as_mut()).is_ready());
    assert_eq!(format!("{spread:?}"), "All { phase: Done, .. }");
}

#[test]
#[should_panic(expected = "`limit` must be at least 1")]
fn a_limit_of_zero_panics() {
    drop(all([ready(())], 0));
}

#[test]
fn the_first_error_of_a_spread_drops_the_rest() {
    let (started, drops) = (Cell::new(0), Cell::new(0));
    let jobs = (0..10).map(|i| {
        let (started, drops) = (&started, &drops);
        let _moved_in = Dropped(drops);
        async move {
            let _moved_in = _moved_in;
            started.set(started.get() + 1);
            if i == 2 { Err(i) } else { pending().await }
        }
    });
    let result: Poll<Result<Vec<()>, i32>> = poll_once(pin!(try_all(jobs, 4)));
    assert_eq!(result, Poll::Ready(Err(2)));
    assert_eq!(started.get(), 3);
    assert_eq!(drops.get(), 10);
}

#[test]
fn gathers_are_send_where_their_branches_are() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&Branches::<String>::join((
        Plain(ready(1)),
        Plain(async { vec![1] }),
    )));
    assert_send(&all([ready(1)], 1));
    assert_send(&try_all([ready(Ok::<_, String>(1))], 1));
}

/// A branch that always has something to do, as far as the budget of its task allows.
async fn busy(count: &Cell<u64>) {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    loop {
        sender.send(()).unwrap();
        receiver.recv().await;
        count.set(count.get() + 1);
    }
}

/// How much of those is a share.
const SHARE: u64 = if cfg!(miri) { 300 } else { 10_000 };

#[tokio::test]
async fn two_busy_branches_do_not_starve_each_other() {
    let counts = [const { Cell::new(0) }; 2];
    let mut second = pin!(busy(&counts[1]));
    let until_enough = poll_fn(|cx| {
        if counts.iter().map(Cell::get).sum::<u64>() > 10 * SHARE {
            return Poll::Ready(Err::<(), _>("enough"));
        }
        second.as_mut().poll(cx).map(Ok)
    });
    let joined = (Plain(busy(&counts[0])), Fallible(until_enough));
    assert_eq!(joined.join().await.err(), Some("enough"));
    let least = counts.iter().map(Cell::get).min();
    assert!(least > Some(4 * SHARE), "uneven: {counts:?}");
}

#[tokio::test]
async fn busy_branches_do_not_starve_the_others() {
    let counts = [const { Cell::new(0) }; 4];
    let stop = async {
        // Until all have had their share, or one has had much more than that.
        while counts[3].get() < SHARE && counts[0].get() < 100 * SHARE {
            tokio::task::yield_now().await;
        }
        Err::<(), _>("enough")
    };
    let joined = (
        Plain(busy(&counts[0])),
        Plain(busy(&counts[1])),
        Plain(busy(&counts[2])),
        Plain(busy(&counts[3])),
        Fallible(stop),
    );
    assert_eq!(joined.join().await.err(), Some("enough"));
    let counts = counts.map(Cell::into_inner);
    let most = counts.iter().max().unwrap();
    assert!(
        counts.iter().all(|count| count * 2 > *most),
        "uneven: {counts:?}"
    );
}

#[tokio::test]
async fn busy_branches_of_a_spread_do_not_starve_the_others() {
    // In different nodes of the tree, and side by side.
    let places = [0, 1, 64, 130, 199];
    let counts = [const { Cell::new(0) }; 5];
    // When all have had their share, or one has had much more than that.
    let done = || {
        let shares = || counts.iter().map(Cell::get);
        shares().all(|share| share > SHARE / 2) || shares().any(|share| share > 100 * SHARE)
    };
    let branches = (0..200).map(|i| {
        let count = places.iter().position(|place| *place == i);
        let count = count.map(|index| &counts[index]);
        let done = &done;
        async move {
            let Some(count) = count else {
                return pending().await;
            };
            let mut busy = pin!(busy(count));
            poll_fn(|cx| {
                if done() {
                    return Poll::Ready(Err::<(), _>("enough"));
                }
                let _ = busy.as_mut().poll(cx);
                Poll::Pending
            })
            .await
        }
    });
    assert_eq!(try_all(branches, usize::MAX).await, Err("enough"));
    let counts = counts.map(Cell::into_inner);
    let most = counts.iter().max().unwrap();
    assert!(
        counts.iter().all(|count| count * 2 > *most),
        "uneven: {counts:?}"
    );
}
