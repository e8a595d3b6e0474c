//! `Semaphore`: `asyncio.Semaphore` (test_locks.SemaphoreTests; B-287 to B-292).

mod support;

use asyncio::Semaphore;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{
    Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn, turns,
};

type Shared = Rc<Semaphore>;

fn shared(value: usize) -> Shared {
    Rc::new(Semaphore::new(value))
}

/// Takes a permit for good, as `acquire` does in Python.
async fn take(semaphore: Shared, log: Log<&'static str>, name: &'static str) {
    semaphore.acquire().await.forget();
    log.push(name);
}

#[test]
fn a_free_permit_is_acquired_without_yielding() {
    let semaphore = Semaphore::new(2);
    let first = poll_once(semaphore.acquire()).unwrap();
    let second = semaphore.try_acquire().unwrap();
    assert!(semaphore.locked());
    assert!(semaphore.try_acquire().is_none());
    assert!(poll_once(semaphore.acquire()).is_none());
    drop(first);
    assert_eq!(semaphore.value(), 1);
    drop(second);
    assert_eq!(semaphore.value(), 2);
}

#[test]
fn the_default_has_one_permit() {
    assert_eq!(Semaphore::default().value(), 1);
}

#[test]
fn zero_starts_locked() {
    assert!(Semaphore::new(0).locked());
}

#[test]
#[should_panic(expected = "too many permits")]
fn a_wrapped_negative_number_is_refused() {
    let _ = Semaphore::new(-1_isize as usize);
}

#[test]
fn so_many_hold_a_permit_at_once_and_the_others_follow_in_order() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(2), Log::new());
    for name in 0..5 {
        let (semaphore, log) = (semaphore.clone(), log.clone());
        event_loop.spawn(async move {
            let _permit = semaphore.acquire().await;
            log.push(name);
            turns(10).await;
        });
    }
    let mut rounds = Vec::new();
    for _ in 0..40 {
        event_loop.tick();
        let entered = log.take();
        if !entered.is_empty() {
            rounds.push(entered);
        }
    }
    assert_eq!(rounds, [vec![0, 1], vec![2, 3], vec![4]]);
}

#[test]
fn release_goes_beyond_the_initial_value() {
    let semaphore = Semaphore::new(1);
    semaphore.release();
    assert_eq!(semaphore.value(), 2);
}

#[test]
#[should_panic(expected = "too many permits")]
fn release_does_not_overflow() {
    Semaphore::new(Semaphore::MAX_VALUE).release();
}

#[test]
fn who_was_given_a_permit_runs_before_a_newcomer_takes_another() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(0), Log::new());
    event_loop.spawn(take(semaphore.clone(), log.clone(), "a"));
    event_loop.tick();
    semaphore.release();
    semaphore.release();
    assert_eq!(semaphore.value(), 1);
    assert!(semaphore.locked());
    assert!(semaphore.try_acquire().is_none());
    event_loop.spawn(take(semaphore.clone(), log.clone(), "main"));
    event_loop.run();
    assert_eq!(log.take(), ["a", "main"]);
}

#[test]
fn a_newcomer_does_not_depend_on_one_who_was_given_a_permit_and_never_runs() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(0), Log::new());
    let stuck = event_loop.spawn(take(semaphore.clone(), log.clone(), "stuck"));
    event_loop.tick();
    semaphore.release();
    semaphore.release();
    // Polled by hand, so `stuck` stays where it is.
    let mut newcomer = Box::pin(semaphore.acquire());
    assert!(poll_once(newcomer.as_mut()).is_none());
    assert!(poll_once(newcomer.as_mut()).is_some());
    assert!(!event_loop.done(stuck));
}

#[test]
fn a_waiter_that_is_cancelled_after_it_was_given_a_permit_passes_it_on() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(0), Log::new());
    let a = event_loop.spawn(take(semaphore.clone(), log.clone(), "a"));
    event_loop.spawn(take(semaphore.clone(), log.clone(), "b"));
    event_loop.tick();
    semaphore.release();
    event_loop.cancel(a);
    event_loop.run();
    assert_eq!(log.take(), ["b"]);
    assert_eq!(semaphore.value(), 0);
}

#[test]
fn the_permit_of_a_cancelled_waiter_returns_if_nobody_waits() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(0), Log::new());
    let a = event_loop.spawn(take(semaphore.clone(), log.clone(), "a"));
    event_loop.tick();
    semaphore.release();
    event_loop.cancel(a);
    assert_eq!(semaphore.value(), 1);
    assert!(!semaphore.locked());
}

#[test]
fn several_releases_before_the_waiters_run_reach_them_in_order() {
    let (mut event_loop, semaphore, log) = (Loop::new(), shared(0), Log::new());
    for name in ["0", "1", "2", "3"] {
        event_loop.spawn(take(semaphore.clone(), log.clone(), name));
    }
    event_loop.tick();
    for _ in 0..3 {
        semaphore.release();
    }
    assert_eq!(semaphore.statistics().tasks_waiting, 1);
    event_loop.run();
    assert_eq!(log.take(), ["0", "1", "2"]);
    semaphore.release();
    event_loop.run();
    assert_eq!(log.take(), ["3"]);
}

#[test]
fn no_permit_is_lost_wherever_a_waiter_is_dropped() {
    for victim in 0..5 {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let semaphore = Arc::new(Semaphore::new(2));
                let tasks: Vec<_> = (0..5)
                    .map(|task| {
                        let semaphore = semaphore.clone();
                        event_loop.spawn(async move {
                            for round in 0..3 {
                                if (task + round) % 2 == 0 {
                                    let _permit = semaphore.clone().acquire_owned().await;
                                    turn().await;
                                } else {
                                    let _permit = semaphore.acquire().await;
                                    turns(task).await;
                                }
                            }
                        })
                    })
                    .collect();
                (tasks[victim], semaphore)
            },
            |semaphore, _| {
                assert_eq!(semaphore.value(), 2);
                assert!(!semaphore.locked());
            },
        );
        assert!(moments >= 6);
    }
}

#[test]
fn threads_that_give_up_at_random_lose_no_permit() {
    let semaphore = Arc::new(Semaphore::new(3));
    let inside = AtomicUsize::new(0);
    let inner = semaphore.clone();
    on_threads(6, move |_, random| {
        for _ in 0..3_000 {
            if let Some(_permit) = block_or_give_up(random, inner.acquire()) {
                let now = inside.fetch_add(1, Ordering::Relaxed);
                assert!(now < 3, "more inside than permits");
                if random.below(8) == 0 {
                    std::thread::yield_now();
                }
                inside.fetch_sub(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(semaphore.value(), 3);
    assert!(!semaphore.locked());
}
