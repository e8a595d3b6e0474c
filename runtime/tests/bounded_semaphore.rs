//! `BoundedSemaphore`: `asyncio.BoundedSemaphore` (B-289, and what it has from `Semaphore`).

mod support;

use asyncio::BoundedSemaphore;
use std::sync::Arc;
use support::{block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn};

#[test]
fn released_too_often_is_an_error_and_changes_nothing() {
    let semaphore = BoundedSemaphore::new(1);
    let error = semaphore.release().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`BoundedSemaphore` released too many times"
    );
    assert_eq!(semaphore.value(), 1);

    semaphore.try_acquire().unwrap().forget();
    assert!(semaphore.locked());
    semaphore.release().unwrap();
    semaphore.release().unwrap_err();
    assert_eq!(semaphore.value(), 1);
}

#[test]
fn a_permit_that_was_released_by_hand_returns_once() {
    let semaphore = BoundedSemaphore::default();
    let permit = semaphore.try_acquire().unwrap();
    semaphore.release().unwrap();
    drop(permit);
    assert_eq!(semaphore.value(), 1);
}

#[test]
fn release_lets_a_waiter_through() {
    let semaphore = BoundedSemaphore::new(1);
    semaphore.try_acquire().unwrap().forget();
    let mut waiting = Box::pin(semaphore.acquire());
    assert!(poll_once(waiting.as_mut()).is_none());
    semaphore.release().unwrap();
    assert_eq!(semaphore.value(), 0);
    drop(poll_once(waiting.as_mut()).unwrap());
    assert_eq!(semaphore.value(), 1);
}

#[test]
fn statistics_name_the_bound() {
    let semaphore = BoundedSemaphore::new(3);
    let _permit = semaphore.try_acquire();
    let statistics = semaphore.statistics();
    assert_eq!(
        (statistics.value, statistics.bound, statistics.tasks_waiting),
        (2, 3, 0)
    );
    assert_eq!(
        format!("{semaphore:?}"),
        "BoundedSemaphore { value: 2, bound: 3, tasks_waiting: 0 }"
    );
}

#[test]
fn no_permit_is_lost_wherever_a_waiter_is_dropped() {
    let moments = cancel_at_every_poll(
        |event_loop| {
            let semaphore = Arc::new(BoundedSemaphore::new(1));
            let tasks: Vec<_> = (0..3)
                .map(|_| {
                    let semaphore = semaphore.clone();
                    event_loop.spawn(async move {
                        for _ in 0..3 {
                            let _permit = semaphore.clone().acquire_owned().await;
                            turn().await;
                        }
                    })
                })
                .collect();
            (tasks[1], semaphore)
        },
        |semaphore, _| assert_eq!(semaphore.value(), 1),
    );
    assert!(moments >= 6);
}

#[test]
fn threads_that_give_up_at_random_lose_no_permit() {
    let semaphore = Arc::new(BoundedSemaphore::new(2));
    let inner = semaphore.clone();
    on_threads(4, move |_, random| {
        for _ in 0..3_000 {
            drop(block_or_give_up(random, inner.acquire()));
        }
    });
    assert_eq!(semaphore.value(), 2);
}
