//! `Event`: `asyncio.Event` (test_locks.EventTests; B-275 to B-278).

mod support;

use asyncio::Event;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn};

#[test]
fn waiting_for_an_event_that_is_set_does_not_yield() {
    let event = Event::new();
    assert!(poll_once(event.wait()).is_none());
    event.set();
    assert!(event.is_set());
    assert!(poll_once(event.wait()).is_some());
    event.clear();
    assert!(!event.is_set());
    assert!(poll_once(event.wait()).is_none());
}

#[test]
fn set_wakes_all_in_order_and_a_newcomer_passes_straight_through() {
    let (mut event_loop, event, log) = (Loop::new(), Rc::new(Event::new()), Log::new());
    let wait = |name: u32| {
        let event = event.clone();
        async move {
            event.wait().await;
            name
        }
    };
    event_loop.spawn_into(&log, wait(1));
    event_loop.spawn_into(&log, wait(2));
    event_loop.tick();
    assert_eq!(event.statistics().tasks_waiting, 2);
    event_loop.spawn_into(&log, wait(3));
    event.set();
    assert_eq!(event.statistics().tasks_waiting, 0);
    event_loop.run();
    // As in CPython: the newcomer was ready before the others were woken.
    assert_eq!(log.take(), [3, 1, 2]);
}

#[test]
fn set_then_clear_still_wakes_those_who_wait() {
    let (mut event_loop, event) = (Loop::new(), Rc::new(Event::default()));
    let inner = event.clone();
    let waiter = event_loop.spawn(async move { inner.wait().await });
    event_loop.tick();
    event.set();
    event.clear();
    event_loop.run();
    assert!(event_loop.done(waiter));
    assert!(!event.is_set());
}

#[test]
fn who_comes_after_clear_waits_for_the_next_set() {
    let (mut event_loop, event) = (Loop::new(), Rc::new(Event::new()));
    event.set();
    event.clear();
    let inner = event.clone();
    let waiter = event_loop.spawn(async move { inner.wait().await });
    event_loop.run();
    assert!(!event_loop.done(waiter));
    event.set();
    event_loop.run();
    assert!(event_loop.done(waiter));
}

#[test]
fn a_waiter_that_is_cancelled_leaves_the_line() {
    let (mut event_loop, event) = (Loop::new(), Rc::new(Event::new()));
    let inner = event.clone();
    let waiter = event_loop.spawn(async move { inner.wait().await });
    event_loop.tick();
    assert_eq!(
        format!("{event:?}"),
        "Event { is_set: false, tasks_waiting: 1 }"
    );
    event_loop.cancel(waiter);
    assert_eq!(event.statistics().tasks_waiting, 0);
}

#[test]
fn nobody_is_stuck_wherever_a_waiter_is_dropped() {
    let moments = cancel_at_every_poll(
        |event_loop| {
            let event = Rc::new(Event::new());
            let waiters: Vec<_> = (0..3)
                .map(|_| {
                    let event = event.clone();
                    event_loop.spawn(async move {
                        for _ in 0..3 {
                            event.wait().await;
                            turn().await;
                        }
                    })
                })
                .collect();
            let inner = event.clone();
            event_loop.spawn(async move {
                for _ in 0..20 {
                    turn().await;
                    inner.set();
                    inner.clear();
                }
            });
            (waiters[1], event)
        },
        |event, _| assert_eq!(event.statistics().tasks_waiting, 0),
    );
    assert!(moments >= 12);
}

#[test]
fn a_panicking_waker_does_not_cost_the_others_their_wake_up() {
    struct Panics;
    impl std::task::Wake for Panics {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new("from the waker"));
        }
    }

    let (mut event_loop, event) = (Loop::new(), Rc::new(Event::new()));
    let mut bad = Box::pin(event.wait());
    let waker = Arc::new(Panics).into();
    let _ = bad
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&waker));
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let event = event.clone();
            event_loop.spawn(async move { event.wait().await })
        })
        .collect();
    event_loop.tick();
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| event.set())).unwrap_err();
    event_loop.run();
    assert!(waiters.iter().all(|waiter| event_loop.done(*waiter)));
}

#[test]
fn a_waker_may_come_back_to_the_event() {
    struct Returns(Arc<Event>, AtomicUsize);
    impl std::task::Wake for Returns {
        fn wake(self: Arc<Self>) {
            self.0.clear();
            self.1
                .store(self.0.statistics().tasks_waiting + 10, Ordering::Relaxed);
        }
    }

    let event = Arc::new(Event::new());
    let returns = Arc::new(Returns(event.clone(), AtomicUsize::new(0)));
    let mut waiting = Box::pin(event.wait());
    let waker = returns.clone().into();
    let _ = waiting
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&waker));
    event.set();
    assert_eq!(returns.1.load(Ordering::Relaxed), 10);
}

#[test]
fn threads_that_give_up_at_random_all_get_through() {
    let events: Arc<Vec<Event>> = Arc::new((0..2_000).map(|_| Event::new()).collect());
    on_threads(4, move |index, random| {
        for event in events.iter() {
            if index == 0 {
                event.set();
            } else {
                block_or_give_up(random, event.wait());
            }
        }
    });
}
