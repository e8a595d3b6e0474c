//! Timers on our own loop: in which order they go off, and what becomes of those that are moved about.
#![cfg(all(feature = "tokio", feature = "test-util"))]

#[path = "support/counted.rs"]
mod counted;

use asyncio::__private::paused_runner;
use asyncio::{Runner, create_local_task, get_running_loop, move_on_after, sleep, timeout, wait};
use counted::{Counted, poll, some_real_time};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[asyncio::test]
async fn they_go_off_in_the_order_of_their_times_and_then_of_their_first_polls() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut expected = Vec::new();
    let start = Instant::now();
    let tasks: Vec<_> = (0..500)
        .map(|number| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let (delay, kind) = (1 + random % 40, random >> 32);
            expected.push((delay, number));
            let log = Rc::clone(&log);
            create_local_task(async move {
                match kind % 4 {
                    0 => sleep(ms(delay)).await,
                    1 => assert!(timeout(ms(delay), pending::<()>()).await.is_err()),
                    2 => assert!(move_on_after(ms(delay), sleep(60)).await.is_none()),
                    _ => {
                        // The first of the two is what ends it.
                        let _ = timeout(ms(delay), sleep(ms(delay))).await;
                    }
                }
                assert_eq!(start.elapsed(), ms(delay));
                log.borrow_mut().push((delay, number));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    expected.sort_unstable();
    assert_eq!(*log.borrow(), expected);
}

#[asyncio::test]
async fn times_between_two_milliseconds_keep_their_order() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let tasks = [900, 100, 500].map(|micros| {
        let log = Rc::clone(&log);
        create_local_task(async move {
            sleep(Duration::from_micros(micros)).await;
            log.borrow_mut().push(micros);
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*log.borrow(), [100, 500, 900]);
}

#[test]
fn one_that_is_put_off_does_not_move_the_clock() {
    paused_runner().run(async {
        let start = Instant::now();
        let counted = Arc::new(Counted::default());
        let mut limit = Box::pin(timeout(ms(50), pending::<()>()));
        assert!(poll(&mut limit, &counted).is_pending());
        sleep(ms(10)).await; // the loop has waited for both
        assert_eq!(Arc::strong_count(&counted), 2);
        drop(limit);
        assert_eq!(Arc::strong_count(&counted), 1);
        // Nothing but this is left, which is not on the clock.
        some_real_time().await;
        assert_eq!(start.elapsed(), ms(10));
        assert_eq!(counted.get(), 0);
    });
}

#[asyncio::test]
async fn it_wakes_whoever_polled_it_last() {
    let (first, second) = (Arc::new(Counted::default()), Arc::new(Counted::default()));
    let mut sleeping = sleep(ms(10));
    assert!(poll(&mut sleeping, &first).is_pending());
    sleep(0).await;
    assert!(poll(&mut sleeping, &second).is_pending());
    assert_eq!(Arc::strong_count(&first), 1);
    sleep(ms(20)).await;
    assert_eq!(first.get(), 0);
    assert_eq!(second.get(), 1);
    assert_eq!(Arc::strong_count(&second), 1);
    assert!(poll(&mut sleeping, &first).is_ready());
    assert!(poll(&mut sleeping, &first).is_ready(), "it stays so");
}

#[asyncio::test]
async fn to_advance_the_clock_wakes_them_before_it_returns() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&log);
    let task = create_local_task(async move {
        sleep(ms(5)).await;
        noted.borrow_mut().push("slept");
    });
    sleep(0).await;
    tokio::time::advance(ms(5)).await;
    log.borrow_mut().push("advanced");
    task.await.unwrap();
    assert_eq!(*log.borrow(), ["slept", "advanced"]);
}

#[asyncio::test]
async fn calls_sleeps_and_timers_of_tokio_go_side_by_side() {
    let log = Arc::new(std::sync::Mutex::new(Vec::new()));
    let start = Instant::now();
    let note = |what: &'static str| {
        let log = Arc::clone(&log);
        move || log.lock().unwrap().push((what, start.elapsed()))
    };
    get_running_loop().call_later(ms(20), note("call"));
    let (slept, foreign) = (note("sleep"), note("foreign"));
    let slept = create_local_task(async move {
        sleep(ms(10)).await;
        slept();
        sleep(ms(20)).await;
        slept();
    });
    let foreign = create_local_task(async move {
        tokio::time::sleep(ms(15)).await;
        foreign();
        tokio::time::sleep(ms(10)).await;
        foreign();
    });
    slept.await.unwrap();
    foreign.await.unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        [
            ("sleep", ms(10)),
            ("foreign", ms(15)),
            ("call", ms(20)),
            ("foreign", ms(25)),
            ("sleep", ms(30)),
        ]
    );
}

#[asyncio::test]
async fn in_a_task_of_tokios_they_are_tokios() {
    let start = Instant::now();
    let sleeping = tokio::task::spawn_local(async move {
        sleep(ms(10)).await;
        assert!(timeout(ms(5), pending::<()>()).await.is_err());
        start.elapsed()
    });
    assert_eq!(sleeping.await.unwrap(), ms(15));
}

#[asyncio::test]
async fn in_a_local_set_they_are_those_of_the_loop_around_it() {
    let start = Instant::now();
    let all = tokio::task::LocalSet::new();
    let task = all.spawn_local(async {
        assert!(timeout(ms(3), pending::<()>()).await.is_err());
        sleep(ms(2)).await;
    });
    assert!(timeout(ms(10), all.run_until(task)).await.unwrap().is_ok());
    assert_eq!(start.elapsed(), ms(5));
}

#[asyncio::test]
async fn one_that_is_dropped_on_another_thread_is_put_off() {
    let start = Instant::now();
    let counted = Arc::new(Counted::default());
    let mut limit = Box::pin(timeout(ms(50), pending::<()>()));
    assert!(poll(&mut limit, &counted).is_pending());
    sleep(ms(10)).await;
    thread::spawn(move || drop(limit)).join().unwrap();
    sleep(0).await;
    assert_eq!(Arc::strong_count(&counted), 1);
    let waited = wait([asyncio::create_task(sleep(ms(100)))]).await;
    assert_eq!(waited.0.len(), 1);
    assert_eq!(start.elapsed(), ms(110));
    assert_eq!(counted.get(), 0);
}

#[test]
fn one_that_is_moved_to_another_loop_goes_off_there() {
    let counted = Arc::new(Counted::default());
    let here = Arc::clone(&counted);
    let limit = Runner::new().run(async move {
        let mut limit = Box::pin(timeout(0.02, pending::<()>()));
        assert!(poll(&mut limit, &here).is_pending());
        let moved = thread::spawn(move || {
            let begin = std::time::Instant::now();
            let (limit, error) = Runner::new().run(async move {
                let error = limit.as_mut().await.unwrap_err();
                (limit, error)
            });
            assert_eq!(error.to_string(), "timed out after 20ms");
            assert!(begin.elapsed() < Duration::from_secs(10));
            limit
        });
        let limit = asyncio::to_thread(move || moved.join().unwrap()).await;
        assert_eq!(
            Arc::strong_count(&here),
            2,
            "the first loop does not keep it"
        );
        Some(limit)
    });
    drop(limit);
    assert_eq!(counted.get(), 0);
}

#[test]
fn one_that_outlives_its_loop_can_be_awaited_in_the_next() {
    let counted = Arc::new(Counted::default());
    let mut sleeping = sleep(ms(30));
    let at = paused_runner().run(async {
        assert!(poll(&mut sleeping, &counted).is_pending());
        sleep(ms(10)).await;
        Instant::now()
    });
    assert_eq!(Arc::strong_count(&counted), 1, "the loop is gone");
    // It may have the place of the other one, and of its timers.
    let mut runner = Runner::new();
    let late = runner.run(async {
        let other = sleep(ms(1));
        let task = asyncio::create_task(other);
        sleep(0).await;
        sleeping.await;
        task.await.unwrap();
        Instant::now()
    });
    assert!(late >= at + ms(10), "it is not taken for one that went off");
}

#[test]
fn a_runner_that_runs_again_goes_on_with_its_clock() {
    let mut runner = paused_runner();
    let counted = Arc::new(Counted::default());
    let mut sleeping = sleep(ms(30));
    let start = runner.run(async {
        let start = Instant::now();
        assert!(poll(&mut sleeping, &counted).is_pending());
        sleep(ms(10)).await;
        start
    });
    let (now, rang) = runner.run(async {
        sleep(ms(10)).await;
        let before = poll(&mut sleeping, &counted).is_ready();
        sleep(ms(15)).await;
        (
            Instant::now(),
            (before, poll(&mut sleeping, &counted).is_ready()),
        )
    });
    assert_eq!(now - start, ms(35));
    assert_eq!(rang, (false, true));
}

#[test]
fn threads_and_the_loop_may_drop_them_at_the_same_time() {
    Runner::new().run(async {
        let counted = Arc::new(Counted::default());
        for _ in 0..50 {
            let limits: Vec<_> = (0..20)
                .map(|number| {
                    let mut limit = Box::pin(timeout(ms(1 + number % 3), pending::<()>()));
                    assert!(poll(&mut limit, &counted).is_pending());
                    limit
                })
                .collect();
            let dropping = thread::spawn(move || limits.into_iter().for_each(drop));
            sleep(ms(1)).await;
            dropping.join().unwrap();
        }
        sleep(0).await;
        assert_eq!(Arc::strong_count(&counted), 1);
    });
}
