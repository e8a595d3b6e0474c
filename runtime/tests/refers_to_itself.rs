//! Futures that refer to themselves while they wait, in everything that polls them in place. What is wrong with that, Miri
//! says: nothing may look at such a future but by what it is pinned in.

mod common;

use asyncio::{
    CancelScope, ExceptionGroup, as_completed, create_local_task, create_task, finally, gather,
    scope, staggered_race, task_group, timeout, wait_first,
};
use common::ms;
use std::convert::Infallible;
use std::hint::black_box;
use tokio::task::yield_now;
use tokio::time::sleep;

/// Writes through a reference into itself, before and after it has waited.
async fn refers_to_itself(times: usize) -> usize {
    let mut count = 0;
    let inside = black_box(&mut count);
    for _ in 0..times {
        *inside += 1;
        yield_now().await;
        *inside += 1;
    }
    count
}

#[tokio::test(start_paused = true)]
async fn scopes() {
    assert_eq!(scope(refers_to_itself(2)).await, 4);
    let cancel_scope = CancelScope::new();
    assert_eq!(cancel_scope.run(refers_to_itself(2)).await, Ok(4));
    let signal = async { sleep(ms(10)).await };
    let run = cancel_scope.run(refers_to_itself(2)).cancelled_by(signal);
    assert_eq!(run.await, Ok(4));
    let signal = refers_to_itself(1);
    let run = cancel_scope.run(refers_to_itself(3)).cancelled_by(signal);
    assert!(run.await.is_err());
    // With cleanup beside it.
    let body = async {
        drop(finally(async { assert_eq!(refers_to_itself(2).await, 4) }));
        refers_to_itself(4).await
    };
    assert_eq!(scope(body).await, 8);
    assert_eq!(timeout(1, refers_to_itself(2)).await, Ok(4));
}

#[tokio::test(start_paused = true)]
async fn tasks_and_groups() {
    assert_eq!(create_task(refers_to_itself(2)).await, Ok(4));
    let task = create_task(refers_to_itself(9));
    yield_now().await;
    task.cancel();
    assert!(task.await.is_err());
    let local = tokio::task::LocalSet::new();
    let task = local.run_until(async { create_local_task(refers_to_itself(2)).await });
    assert_eq!(task.await, Ok(4));
    let sum: Result<_, ExceptionGroup<Infallible>> = task_group!(|group| {
        let child = group.create_value(refers_to_itself(2));
        let own = refers_to_itself(3).await;
        Ok(own + child.await.unwrap())
    })
    .await;
    assert_eq!(sum.unwrap(), 10);
}

#[tokio::test(start_paused = true)]
async fn joins_and_spreads() {
    let joined = gather!(refers_to_itself(1), refers_to_itself(2));
    assert_eq!(joined.await, (2, 4));
    let spread = gather!(..(1..5).map(refers_to_itself));
    assert_eq!(spread.await, [2, 4, 6, 8]);
    // Each in its own time, and so woken alone.
    let staggered = (1..5).map(async |times| {
        let mut slept = 0;
        let inside = black_box(&mut slept);
        for _ in 0..times {
            sleep(ms(1)).await;
            *inside += 1;
        }
        slept
    });
    assert_eq!(gather!(..staggered).await, [1, 2, 3, 4]);
    let mut by_end = as_completed([3, 1].map(refers_to_itself));
    assert_eq!(by_end.next().await, Some(2));
    assert_eq!(by_end.next().await, Some(6));
}

#[tokio::test(start_paused = true)]
async fn races() {
    let first = wait_first!(if let value = refers_to_itself(3) {
        value
    } else if let value = refers_to_itself(1) {
        value
    });
    assert_eq!(first, 2);
    let tries = [9, 1].map(async |times| {
        let count = refers_to_itself(times).await;
        if times > 1 { Err(count) } else { Ok(count) }
    });
    assert_eq!(staggered_race(tries, ms(0)).await, Ok(2));
}
