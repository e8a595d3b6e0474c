//! `as_completed`. The comments name the items of the conformance checklist.

use asyncio::{as_completed, create_task, sleep, wait_for};
use futures::StreamExt;
use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::Instant;

async fn after(seconds: u64) -> u64 {
    sleep(seconds).await;
    seconds
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn outputs_come_in_the_order_of_completion() {
    // B-227
    let begun = Instant::now();
    let mut outputs = as_completed([3, 1, 2].map(after));
    let mut order = Vec::new();
    while let Some(output) = outputs.next().await {
        assert_eq!(begun.elapsed(), Duration::from_secs(output));
        order.push(output);
    }
    assert_eq!(order, [1, 2, 3]);
    assert_eq!(outputs.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn it_is_a_stream() {
    let outputs = as_completed([3, 1, 2].map(after));
    assert_eq!(outputs.size_hint(), (3, Some(3)));
    assert_eq!(outputs.collect::<Vec<_>>().await, [1, 2, 3]);
}

use futures::Stream as _;

#[tokio::test(start_paused = true)]
async fn an_error_is_an_item_and_the_iteration_goes_on() {
    // B-230
    let results = [2, 1].map(|seconds| async move {
        sleep(seconds).await;
        if seconds == 1 { Err("no") } else { Ok(seconds) }
    });
    let results: Vec<_> = as_completed(results).collect().await;
    assert_eq!(results, [Err("no"), Ok(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_next_loses_nothing() {
    // B-231
    let mut outputs = as_completed([create_task(after(1)), create_task(after(6))]);
    assert_eq!(outputs.next().await, Some(Ok(1)));
    assert!(wait_for(outputs.next(), 1).await.is_err());
    assert_eq!(outputs.next().await, Some(Ok(6)));
    assert_eq!(outputs.next().await, None);
}

#[test]
fn of_nothing_there_is_nothing() {
    // B-232
    let mut outputs = as_completed(Vec::<std::future::Ready<()>>::new());
    assert_eq!(poll_once(outputs.next()), Poll::Ready(None));
}

#[test]
fn of_those_that_are_ready_the_first_comes_first() {
    let mut outputs = as_completed((0..1000).map(ready));
    for expected in 0..1000 {
        assert_eq!(poll_once(outputs.next()), Poll::Ready(Some(expected)));
    }
    assert_eq!(poll_once(outputs.next()), Poll::Ready(None));
}

#[tokio::test(start_paused = true)]
async fn leaving_the_loop_lets_the_tasks_run_on() {
    // B-236, B-237
    let finished = Arc::new(AtomicUsize::new(0));
    let tasks = [1, 2].map(|seconds| {
        let finished = finished.clone();
        create_task(async move {
            sleep(seconds).await;
            finished.fetch_add(1, Ordering::Relaxed);
        })
    });
    let mut outputs = as_completed(tasks);
    assert_eq!(outputs.next().await, Some(Ok(())));
    drop(outputs);
    sleep(2).await;
    assert_eq!(finished.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_limit_bounds_how_many_run() {
    let begun = Instant::now();
    let (running, most) = (Cell::new(0), Cell::new(0));
    let job = |i: usize| {
        let (running, most) = (&running, &most);
        async move {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            sleep(1).await;
            running.set(running.get() - 1);
            i
        }
    };
    let outputs: Vec<_> = as_completed((0..10).map(job)).limit(4).collect().await;
    assert_eq!(outputs, (0..10).collect::<Vec<_>>());
    assert_eq!(most.get(), 4);
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[test]
#[should_panic(expected = "`limit` must be at least 1")]
fn a_limit_of_zero_panics() {
    drop(as_completed([ready(())]).limit(0));
}

#[test]
fn after_a_panic_the_iteration_goes_on() {
    let jobs = (0..200).map(|i| async move {
        assert_ne!(i, 70, "seventy");
        i
    });
    let mut outputs = as_completed(jobs);
    let mut seen = Vec::new();
    let mut panics = 0;
    loop {
        match catch_unwind(AssertUnwindSafe(|| poll_once(outputs.next()))) {
            Ok(Poll::Ready(Some(output))) => seen.push(output),
            Ok(Poll::Ready(None)) => break,
            Ok(Poll::Pending) => panic!("all are ready"),
            Err(_) => panics += 1,
        }
    }
    assert_eq!(panics, 1);
    assert_eq!(seen, (0..200).filter(|i| *i != 70).collect::<Vec<_>>());
}

#[test]
fn dropping_it_drops_each_future_once() {
    struct Dropped<'a>(&'a Cell<u32>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let drops = Cell::new(0);
    let futures = (0..100).map(|i| {
        let dropped = Dropped(&drops);
        async move {
            let _dropped = dropped;
            if i > 0 {
                pending::<()>().await;
            }
        }
    });
    let mut outputs = as_completed(futures);
    assert_eq!(poll_once(outputs.next()), Poll::Ready(Some(())));
    assert_eq!(drops.get(), 1);
    drop(outputs);
    assert_eq!(drops.get(), 100);
}

#[test]
fn branches_that_wake_themselves_have_their_turns() {
    // Each yields as often as its number says, so they come in the order of their numbers.
    let yields = |times: usize| {
        let mut left = times;
        poll_fn(move |cx| {
            if left == 0 {
                return Poll::Ready(times);
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let numbers = [150, 3, 70, 20, 0, 64];
    let mut outputs = as_completed(numbers.map(yields));
    let mut order = Vec::new();
    for _ in 0..10_000 {
        match poll_once(outputs.next()) {
            Poll::Ready(Some(times)) => order.push(times),
            Poll::Ready(None) => break,
            Poll::Pending => {}
        }
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    assert_eq!(order, sorted);
}

#[test]
fn it_is_send_where_its_futures_are() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&as_completed([async { vec![1] }]));
    assert_send(&as_completed([ready(1)]).next());
    let boxed: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {});
    assert_send(&as_completed([boxed]));
}
