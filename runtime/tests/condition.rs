//! `Condition`: `asyncio.Condition` (test_locks.ConditionTests; B-280 to B-286).

mod support;

use asyncio::{Condition, Lock};
use std::rc::Rc;
use std::sync::Arc;
use support::{
    Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn, turns,
};

/// A lock and its condition.
#[derive(Default)]
struct Stock {
    items: Lock<usize>,
    arrived: Condition,
}

impl Stock {
    fn add(&self, n: usize) {
        *self.items.try_acquire().expect("nobody holds the lock") += n;
    }
}

async fn wait(stock: Rc<Stock>, log: Log<u32>, name: u32) {
    let _guard = stock.arrived.wait(stock.items.acquire().await).await;
    log.push(name);
}

async fn consume(stock: Rc<Stock>) {
    let items = stock.items.acquire().await;
    let mut items = stock.arrived.wait_for(items, |items| *items > 0).await;
    *items -= 1;
}

#[test]
fn wait_releases_the_lock_and_acquires_it_again() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    let inner = stock.clone();
    event_loop.spawn_into(&log, async move {
        let _guard = inner.arrived.wait(inner.items.acquire().await).await;
        inner.items.locked()
    });
    event_loop.tick();
    assert!(!stock.items.locked());
    stock.arrived.notify(1);
    event_loop.run();
    assert_eq!(log.take(), [true]);
    assert!(!stock.items.locked());
}

#[test]
fn notify_wakes_so_many_in_order_and_notify_all_the_rest() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    for name in 0..4 {
        event_loop.spawn(wait(stock.clone(), log.clone(), name));
    }
    event_loop.run();
    assert_eq!(stock.arrived.statistics().tasks_waiting, 4);
    stock.arrived.notify(2);
    event_loop.run();
    assert_eq!(log.take(), [0, 1]);
    stock.arrived.notify_all();
    event_loop.run();
    assert_eq!(log.take(), [2, 3]);
}

#[test]
fn the_notified_wait_for_the_lock_one_by_one() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    for name in 0..2 {
        let (stock, log) = (stock.clone(), log.clone());
        event_loop.spawn(async move {
            let _guard = stock.arrived.wait(stock.items.acquire().await).await;
            log.push(name);
            turns(5).await;
            log.push(name);
        });
    }
    event_loop.run();
    let guard = stock.items.try_acquire().unwrap();
    stock.arrived.notify_all();
    event_loop.run();
    assert!(log.take().is_empty(), "the lock is still held");
    drop(guard);
    event_loop.run();
    assert_eq!(log.take(), [0, 0, 1, 1]);
}

#[test]
fn a_notification_is_not_kept() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    stock.arrived.notify(1);
    stock.arrived.notify_all();
    event_loop.spawn(wait(stock.clone(), log.clone(), 0));
    event_loop.run();
    assert!(log.take().is_empty());
}

#[test]
fn wait_for_asks_again_after_each_notification() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    let inner = stock.clone();
    event_loop.spawn_into(&log, async move {
        let items = inner.items.acquire().await;
        *inner.arrived.wait_for(items, |items| *items >= 2).await
    });
    event_loop.run();
    for expected in [vec![], vec![2]] {
        stock.add(1);
        stock.arrived.notify(1);
        event_loop.run();
        assert_eq!(log.take(), expected);
    }
}

#[test]
fn wait_for_what_is_true_does_not_wait() {
    let stock = Stock::default();
    let guard = stock.items.try_acquire().unwrap();
    let mut asked = 0;
    let guard = poll_once(stock.arrived.wait_for(guard, |_| {
        asked += 1;
        true
    }));
    assert!(guard.is_some() && stock.items.locked());
    drop(guard);
    assert_eq!(asked, 1);
}

#[test]
fn a_wait_that_was_not_polled_holds_the_lock() {
    let stock = Stock::default();
    let wait = stock.arrived.wait(stock.items.try_acquire().unwrap());
    assert!(stock.items.locked());
    drop(wait);
    assert!(!stock.items.locked());
}

#[test]
fn a_notified_waiter_that_is_cancelled_passes_the_notification_on() {
    let (mut event_loop, stock) = (Loop::new(), Rc::new(Stock::default()));
    let [first, second] = [(); 2].map(|()| event_loop.spawn(consume(stock.clone())));
    event_loop.run();
    stock.add(1);
    stock.arrived.notify(1);
    event_loop.cancel(first);
    event_loop.run();
    assert!(event_loop.done(second));
}

#[test]
fn a_notified_waiter_that_is_cancelled_on_the_way_to_the_lock_passes_the_notification_on() {
    let (mut event_loop, stock) = (Loop::new(), Rc::new(Stock::default()));
    let [first, second] = [(); 2].map(|()| event_loop.spawn(consume(stock.clone())));
    event_loop.run();
    let mut guard = stock.items.try_acquire().unwrap();
    *guard += 1;
    stock.arrived.notify(1);
    event_loop.run();
    event_loop.cancel(first);
    drop(guard);
    event_loop.run();
    assert!(event_loop.done(second));
}

#[test]
fn a_waiter_that_is_cancelled_leaves_the_line_without_the_lock() {
    let (mut event_loop, stock, log) = (Loop::new(), Rc::new(Stock::default()), Log::new());
    let waiter = event_loop.spawn(wait(stock.clone(), log, 0));
    event_loop.run();
    let _guard = stock.items.try_acquire().unwrap();
    event_loop.cancel(waiter);
    assert_eq!(stock.arrived.statistics().tasks_waiting, 0);
}

#[test]
fn several_conditions_share_a_lock() {
    let (lock, a, b) = (Lock::new(()), Condition::new(), Condition::new());
    let mut on_a = Box::pin(a.wait(lock.try_acquire().unwrap()));
    assert!(poll_once(on_a.as_mut()).is_none());
    let mut on_b = Box::pin(b.wait(lock.try_acquire().unwrap()));
    assert!(poll_once(on_b.as_mut()).is_none());
    b.notify(1);
    assert!(poll_once(on_a.as_mut()).is_none());
    assert!(poll_once(on_b.as_mut()).is_some());
}

#[test]
fn no_notification_is_lost_wherever_a_waiter_is_dropped() {
    for victim in 0..3 {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let stock = Rc::new(Stock::default());
                let consumers = [(); 3].map(|()| event_loop.spawn(consume(stock.clone())));
                let inner = stock.clone();
                event_loop.spawn(async move {
                    for _ in 0..2 {
                        turn().await;
                        *inner.items.acquire().await += 1;
                        inner.arrived.notify(1);
                        // Those notified have to wait for the lock.
                        let _busy = inner.items.acquire().await;
                        turns(2).await;
                    }
                    turns(20).await;
                    let mut items = inner.items.acquire().await;
                    let waiting = inner.arrived.statistics().tasks_waiting;
                    assert!(*items == 0 || waiting == 0, "somebody waits beside an item");
                    *items += waiting;
                    inner.arrived.notify_all();
                });
                (consumers[victim], stock)
            },
            |stock, _| {
                assert!(!stock.items.locked());
                assert_eq!(stock.arrived.statistics().tasks_waiting, 0);
            },
        );
        assert!(moments >= 2);
    }
}

#[test]
fn threads_that_give_up_at_random_get_every_item() {
    #[derive(Default)]
    struct State {
        items: usize,
        consumed: usize,
    }
    const ITEMS: usize = 4_000;

    let shared = Arc::new((Lock::new(State::default()), Condition::new()));
    on_threads(4, move |index, random| {
        let (lock, arrived) = &*shared;
        if index == 0 {
            for _ in 0..ITEMS {
                futures::executor::block_on(lock.acquire()).items += 1;
                arrived.notify(1);
            }
            return;
        }
        loop {
            let state = futures::executor::block_on(lock.acquire());
            let state = block_or_give_up(
                random,
                arrived.wait_for(state, |state| state.items > 0 || state.consumed == ITEMS),
            );
            let Some(mut state) = state else { continue };
            if state.consumed == ITEMS {
                return;
            }
            state.items -= 1;
            state.consumed += 1;
            if state.consumed == ITEMS {
                arrived.notify_all();
            }
        }
    });
}
