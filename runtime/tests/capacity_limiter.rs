//! `CapacityLimiter`: Trio's.

mod support;

use asyncio::CapacityLimiter;
use asyncio::locks::Borrower;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn};

fn spawn_take(
    event_loop: &mut Loop,
    limiter: &Rc<CapacityLimiter>,
    log: &Log<u32>,
    name: u32,
) -> usize {
    let limiter = limiter.clone();
    event_loop.spawn_into(log, async move {
        std::mem::forget(limiter.acquire().await);
        name
    })
}

#[test]
fn an_available_token_is_acquired_without_yielding_and_comes_back() {
    let limiter = CapacityLimiter::new(1);
    let token = poll_once(limiter.acquire()).unwrap();
    assert_eq!(
        (limiter.borrowed_tokens(), limiter.available_tokens()),
        (1, 0)
    );
    assert!(limiter.try_acquire().is_none());
    // Trying in vain gave nothing back.
    assert_eq!(limiter.borrowed_tokens(), 1);
    drop(token);
    assert_eq!(
        (limiter.borrowed_tokens(), limiter.available_tokens()),
        (0, 1)
    );
}

#[test]
fn more_tokens_let_the_first_in_line_through() {
    let (mut event_loop, limiter, log) =
        (Loop::new(), Rc::new(CapacityLimiter::new(0)), Log::new());
    for name in 0..4 {
        spawn_take(&mut event_loop, &limiter, &log, name);
    }
    event_loop.run();
    limiter.set_total_tokens(2);
    event_loop.run();
    assert_eq!(log.take(), [0, 1]);
    limiter.set_total_tokens(usize::MAX);
    event_loop.run();
    assert_eq!(log.take(), [2, 3]);
}

#[test]
fn fewer_tokens_take_none_away_and_lend_none_until_enough_are_back() {
    let limiter = CapacityLimiter::new(3);
    let tokens = [(); 3].map(|()| limiter.try_acquire().unwrap());
    limiter.set_total_tokens(1);
    assert_eq!(
        (limiter.borrowed_tokens(), limiter.available_tokens()),
        (3, 0)
    );
    let mut waiting = Box::pin(limiter.acquire());
    assert!(poll_once(waiting.as_mut()).is_none());
    let [a, b, c] = tokens;
    drop((a, b));
    assert!(poll_once(waiting.as_mut()).is_none());
    drop(c);
    assert!(poll_once(waiting.as_mut()).is_some());
}

#[test]
fn nobody_overtakes_a_waiter() {
    let (mut event_loop, limiter, log) =
        (Loop::new(), Rc::new(CapacityLimiter::new(1)), Log::new());
    let token = limiter.try_acquire().unwrap();
    spawn_take(&mut event_loop, &limiter, &log, 1);
    event_loop.run();
    drop(token);
    assert!(limiter.try_acquire().is_none());
    event_loop.run();
    assert_eq!(log.take(), [1]);
}

#[test]
fn a_borrower_holds_one_token_only() {
    let limiter = CapacityLimiter::new(2);
    let (me, other) = (Borrower::new(), Borrower::new());
    let token = poll_once(limiter.acquire_on_behalf_of(me))
        .unwrap()
        .unwrap();
    assert!(
        poll_once(limiter.acquire_on_behalf_of(me))
            .unwrap()
            .is_err()
    );
    assert_eq!(limiter.borrowed_tokens(), 1);
    let others = poll_once(limiter.acquire_on_behalf_of(other))
        .unwrap()
        .unwrap();
    assert_eq!(limiter.statistics().borrowers, [me, other]);
    drop(token);
    assert_eq!(limiter.statistics().borrowers, [other]);
    assert!(poll_once(limiter.acquire_on_behalf_of(me)).unwrap().is_ok());
    drop(others);
}

#[test]
fn a_borrower_waits_once_only_and_may_come_again() {
    let limiter = CapacityLimiter::new(1);
    let token = limiter.try_acquire().unwrap();
    let me = Borrower::new();
    let mut waiting = Box::pin(limiter.acquire_on_behalf_of(me));
    assert!(poll_once(waiting.as_mut()).is_none());
    assert!(
        poll_once(limiter.acquire_on_behalf_of(me))
            .unwrap()
            .is_err()
    );
    drop(waiting);
    let mut again = Box::pin(limiter.acquire_on_behalf_of(me));
    assert!(poll_once(again.as_mut()).is_none());
    drop(token);
    let token = poll_once(again.as_mut()).unwrap().unwrap();
    assert!(
        poll_once(limiter.acquire_on_behalf_of(me))
            .unwrap()
            .is_err()
    );
    drop(token);
    assert!(limiter.statistics().borrowers.is_empty());
}

#[test]
fn no_token_is_lost_wherever_a_waiter_is_dropped() {
    for named in [false, true] {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let limiter = Arc::new(CapacityLimiter::new(1));
                let tasks = [(); 3].map(|()| {
                    let limiter = limiter.clone();
                    event_loop.spawn(async move {
                        let me = Borrower::new();
                        for _ in 0..3 {
                            if named {
                                let _token = limiter.acquire_on_behalf_of(me).await.unwrap();
                                turn().await;
                            } else {
                                let _token = limiter.clone().acquire_owned().await;
                                turn().await;
                            }
                        }
                    })
                });
                (tasks[1], limiter)
            },
            |limiter, _| {
                assert_eq!(limiter.borrowed_tokens(), 0);
                assert!(limiter.statistics().borrowers.is_empty());
            },
        );
        assert!(moments >= 6);
    }
}

#[test]
fn threads_that_give_up_at_random_lose_no_token() {
    let limiter = Arc::new(CapacityLimiter::new(2));
    let inside = AtomicUsize::new(0);
    let inner = limiter.clone();
    on_threads(4, move |index, random| {
        for round in 0..3_000 {
            if index == 0 {
                inner.set_total_tokens(1 + round % 2);
            }
            if let Some(_token) = block_or_give_up(random, inner.acquire()) {
                assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
                inside.fetch_sub(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(limiter.borrowed_tokens(), 0);
}
