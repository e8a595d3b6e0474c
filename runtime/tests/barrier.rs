//! `Barrier`: `asyncio.Barrier` (test_locks.BarrierTests; B-293 to B-299).

mod support;

use asyncio::{Barrier, BrokenBarrierError};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{
    Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn, turns,
};

type Outcome = Result<usize, BrokenBarrierError>;

/// A task that waits and notes how it went.
fn spawn_wait(event_loop: &mut Loop, barrier: &Rc<Barrier>, log: &Log<Outcome>) -> usize {
    let barrier = barrier.clone();
    event_loop.spawn_into(log, async move { barrier.wait().await })
}

#[test]
fn the_last_is_not_suspended_and_the_indices_are_in_the_order_of_arrival() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(3)), Log::new());
    for (name, delay) in [('a', 2), ('b', 1), ('c', 3)] {
        let (barrier, log) = (barrier.clone(), log.clone());
        event_loop.spawn(async move {
            turns(delay).await;
            log.push((name, barrier.wait().await.unwrap()));
        });
    }
    event_loop.run();
    assert_eq!(log.take(), [('c', 2), ('b', 0), ('a', 1)]);
}

#[test]
fn the_barrier_is_reusable() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(2)), Log::new());
    for _ in 0..2 {
        let (barrier, log) = (barrier.clone(), log.clone());
        event_loop.spawn(async move {
            for round in 0..3 {
                barrier.wait().await.unwrap();
                log.push(round);
            }
        });
    }
    event_loop.run();
    assert_eq!(log.take(), [0, 0, 1, 1, 2, 2]);
}

#[test]
fn who_comes_while_a_round_leaves_is_in_the_next_round() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(2)), Log::new());
    let first = spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.tick();
    assert_eq!(poll_once(barrier.wait()), Some(Ok(1)));
    // `first` is let through and has not run yet.
    let mut third = Box::pin(barrier.wait());
    assert_eq!(poll_once(third.as_mut()), None);
    assert_eq!(barrier.n_waiting(), 1);
    event_loop.run();
    assert!(event_loop.done(first));
    assert_eq!(poll_once(third.as_mut()), None);
}

#[test]
fn no_parties_is_an_error() {
    let error = Barrier::try_new(0).unwrap_err();
    assert_eq!(error.to_string(), "a barrier has at least one party");
    assert_eq!(Barrier::try_new(7).unwrap().parties(), 7);
}

#[test]
#[should_panic(expected = "a barrier has at least one party")]
fn no_parties_panics() {
    let _ = Barrier::new(0);
}

#[test]
fn one_party_never_waits() {
    let barrier = Barrier::new(1);
    assert_eq!(poll_once(barrier.wait()), Some(Ok(0)));
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
}

#[test]
fn a_waiter_that_is_cancelled_leaves_and_the_barrier_is_not_broken() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(2)), Log::new());
    let waiter = spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.tick();
    assert_eq!(barrier.n_waiting(), 1);
    event_loop.cancel(waiter);
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
    spawn_wait(&mut event_loop, &barrier, &log);
    spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.run();
    assert_eq!(log.take(), [Ok(1), Ok(0)]);
}

#[test]
fn the_indices_are_distinct_also_after_somebody_left() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(3)), Log::new());
    let first = spawn_wait(&mut event_loop, &barrier, &log);
    spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.tick();
    event_loop.cancel(first);
    spawn_wait(&mut event_loop, &barrier, &log);
    spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.run();
    let indices: HashSet<usize> = log.take().into_iter().map(Result::unwrap).collect();
    assert_eq!(indices, HashSet::from([0, 1, 2]));
}

#[test]
fn reset_sends_the_waiters_away_and_the_barrier_is_usable_again() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(3)), Log::new());
    for _ in 0..2 {
        spawn_wait(&mut event_loop, &barrier, &log);
    }
    event_loop.tick();
    barrier.reset();
    event_loop.run();
    assert_eq!(log.take(), [Err(BrokenBarrierError::default()); 2]);
    assert!(!barrier.broken());
    for _ in 0..3 {
        spawn_wait(&mut event_loop, &barrier, &log);
    }
    event_loop.run();
    assert_eq!(log.take(), [Ok(2), Ok(0), Ok(1)]);
}

#[test]
fn abort_sends_everybody_away_until_reset() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(3)), Log::new());
    for _ in 0..2 {
        spawn_wait(&mut event_loop, &barrier, &log);
    }
    event_loop.tick();
    barrier.abort();
    event_loop.run();
    assert_eq!(log.take(), [Err(BrokenBarrierError::default()); 2]);
    let late = poll_once(barrier.wait()).unwrap().unwrap_err();
    assert_eq!(late.to_string(), "the barrier is aborted");
    assert!(barrier.broken());
    barrier.reset();
    assert!(!barrier.broken());
    assert_eq!(poll_once(barrier.wait()), None);
}

#[test]
fn who_was_let_through_is_not_affected_by_abort() {
    let (mut event_loop, barrier, log) = (Loop::new(), Rc::new(Barrier::new(2)), Log::new());
    spawn_wait(&mut event_loop, &barrier, &log);
    event_loop.tick();
    assert_eq!(poll_once(barrier.wait()), Some(Ok(1)));
    barrier.abort();
    event_loop.run();
    assert_eq!(log.take(), [Ok(0)]);
}

#[test]
fn a_snapshot_says_it_all() {
    let barrier = Barrier::new(2);
    let mut waiting = Box::pin(barrier.wait());
    let _ = poll_once(waiting.as_mut());
    let statistics = barrier.statistics();
    assert_eq!(
        (
            statistics.parties,
            statistics.tasks_waiting,
            statistics.broken
        ),
        (2, 1, false)
    );
    assert_eq!(
        format!("{barrier:?}"),
        "Barrier { parties: 2, n_waiting: 1, broken: false }"
    );
}

#[test]
fn the_others_complete_their_rounds_wherever_a_waiter_is_dropped() {
    let moments = cancel_at_every_poll(
        |event_loop| {
            let barrier = Rc::new(Barrier::new(2));
            let inner = barrier.clone();
            let victim = event_loop.spawn(async move {
                for _ in 0..3 {
                    inner.wait().await.unwrap();
                    turn().await;
                }
            });
            // Two more parties, and a helper that opens the barrier for whoever is left alone.
            for _ in 0..2 {
                let inner = barrier.clone();
                event_loop.spawn(async move {
                    for _ in 0..3 {
                        inner.wait().await.unwrap();
                        turn().await;
                    }
                });
            }
            let inner = barrier.clone();
            event_loop.spawn(async move {
                for _ in 0..10 {
                    turns(5).await;
                    if inner.n_waiting() == 1 {
                        assert_eq!(poll_once(inner.wait()), Some(Ok(1)));
                    }
                }
            });
            (victim, barrier)
        },
        |barrier, _| assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false)),
    );
    assert!(moments >= 6);
}

#[test]
fn threads_that_give_up_at_random_get_each_index_as_often() {
    const ROUNDS: usize = 1_000;
    let counts = Arc::new([(); 3].map(|()| AtomicUsize::new(0)));
    let (barrier, result) = (Arc::new(Barrier::new(3)), counts.clone());
    let completed = AtomicUsize::new(0);
    on_threads(4, move |index, random| {
        // Only one of four gives up, so that three are always left to meet.
        while completed.load(Ordering::SeqCst) < ROUNDS {
            let outcome = match index {
                0 => block_or_give_up(random, barrier.wait()),
                _ => Some(futures::executor::block_on(barrier.wait())),
            };
            match outcome {
                Some(Ok(index)) => {
                    result[index].fetch_add(1, Ordering::SeqCst);
                    if index == 2 && completed.fetch_add(1, Ordering::SeqCst) + 1 == ROUNDS {
                        // Nobody may be left to meet with.
                        barrier.abort();
                    }
                }
                Some(Err(BrokenBarrierError { .. })) => return,
                None => {}
            }
        }
    });
    // A waiter may give up when it was already let through: its index is lost with it.
    let [first, second, last] = [0, 1, 2].map(|index| counts[index].load(Ordering::SeqCst));
    assert!(
        last >= ROUNDS && first <= last && second <= last,
        "{first} {second} {last}"
    );
}
