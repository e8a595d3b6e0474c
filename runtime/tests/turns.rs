//! How many steps the loop takes before Tokio's driver has its turn. On a virtual clock, on which all of them are short.
#![cfg(all(feature = "tokio", feature = "test-util"))]

use asyncio::__private::paused_runner;
use asyncio::{create_local_task, sleep};
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use tokio::task::{spawn_local, yield_now};

/// Steps that are taken in any case, and the most that are.
const TICK: usize = 128;
const MOST: usize = 4 * TICK;

/// Long enough that the driver's turns become rare.
const SILENCE: usize = 40 * TICK;

/// Counts its steps.
fn spins() -> (Rc<Cell<usize>>, asyncio::Task<()>) {
    let steps = Rc::new(Cell::new(0));
    let counted = Rc::clone(&steps);
    let task = create_local_task(async move {
        loop {
            counted.set(counted.get() + 1);
            sleep(0).await;
        }
    });
    (steps, task)
}

/// Lets it spin for so many steps, without anything from outside.
async fn silence(steps: &Cell<usize>) {
    let end = steps.get() + SILENCE;
    while steps.get() < end {
        sleep(0).await;
    }
}

/// How many steps it takes until the driver has had its turn: it wakes who yields to Tokio. This task takes none.
async fn until_the_driver(steps: &Cell<usize>) -> usize {
    let before = steps.get();
    yield_now().await;
    steps.get() - before
}

#[test]
fn after_a_silence_the_driver_has_its_turn_later_and_then_as_often_as_before() {
    paused_runner().run(async {
        let (steps, task) = spins();
        assert!(until_the_driver(&steps).await <= TICK);
        let (mut first, mut next) = (0, 0);
        for _ in 0..20 {
            silence(&steps).await;
            first = first.max(until_the_driver(&steps).await);
            next = next.max(until_the_driver(&steps).await);
        }
        assert!(first > TICK && first <= MOST, "{first}");
        assert!(next <= TICK, "{next}");
        task.cancel();
    });
}

#[test]
fn among_tasks_of_tokios_it_has_its_turn_as_often_as_ever() {
    paused_runner().run(async {
        let (steps, task) = spins();
        let waits = spawn_local(std::future::pending::<()>());
        for _ in 0..20 {
            silence(&steps).await;
            let first = until_the_driver(&steps).await;
            assert!(first <= TICK, "{first}");
        }
        waits.abort();
        task.cancel();
    });
}

async fn woken_by_a_thread() {
    let mut thread = None;
    poll_fn(|cx| match thread.take() {
        None => {
            let waker = cx.waker().clone();
            thread = Some(thread::spawn(move || waker.wake()));
            Poll::Pending
        }
        Some(woke) => {
            woke.join().unwrap();
            Poll::Ready(())
        }
    })
    .await;
}

#[test]
fn what_comes_from_a_thread_is_no_silence() {
    paused_runner().run(async {
        let (steps, task) = spins();
        for _ in 0..20 {
            silence(&steps).await;
            woken_by_a_thread().await;
            let first = until_the_driver(&steps).await;
            assert!(first <= TICK, "{first}");
        }
        task.cancel();
    });
}
