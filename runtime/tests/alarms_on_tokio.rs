//! Timers on Tokio's own runtimes: who is woken, when, and what becomes of them at the end of a runtime and on a paused
//! clock.
#![cfg(all(feature = "tokio", feature = "test-util"))]

#[path = "support/counted.rs"]
mod counted;

use asyncio::{move_on_after, sleep, timeout};
use counted::{Counted, poll, some_real_time};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// Much longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);

/// Miri takes as much longer.
fn ms(count: u64) -> Duration {
    Duration::from_millis(if cfg!(miri) { 100 * count } else { count })
}

fn on_threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(4).enable_all().build().unwrap()
}

fn on_one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn paused() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

fn runtimes() -> [Runtime; 2] {
    [on_threads(), on_one_thread()]
}

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn a_thousand_limits_pass_at_their_times() {
    for runtime in runtimes() {
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                runtime.spawn(async move {
                    let (start, limit) = (Instant::now(), ms(1 + number * 7 % 40));
                    assert!(timeout(limit, pending::<()>()).await.is_err());
                    assert!(start.elapsed() >= limit);
                })
            })
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
}

#[test]
fn an_earlier_one_is_not_kept_waiting_by_those_that_are_set() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let counted = Arc::new(Counted::default());
            let mut long = Box::pin(timeout(LONG, pending::<()>()));
            assert!(poll(&mut long, &counted).is_pending());
            for delay in [40, 20, 5, 10] {
                sleep(ms(delay)).await;
            }
            drop(long);
            assert_eq!((counted.get(), Arc::strong_count(&counted)), (0, 1));
        });
    }
}

#[test]
fn one_that_is_set_from_outside_wakes_a_runtime_that_waits() {
    let runtime = on_threads();
    let _entered = runtime.enter();
    let begin = Instant::now();
    for round in 0..50 {
        thread::sleep(ms(round % 3)); // the runtime waits for nothing, or for what was put off
        let counted = Arc::new(Counted::default());
        let mut later = Box::pin(timeout(LONG, pending::<()>()));
        assert!(poll(&mut later, &counted).is_pending());
        let mut sooner = pin!(timeout(ms(1 + round % 5), pending::<()>()));
        let is_slow = poll(&mut sooner, &counted).is_ready(); // this thread, as it had to wait for the others
        drop(later);
        while !is_slow && counted.get() == 0 {
            assert!(begin.elapsed() < LONG / 60);
            thread::yield_now();
        }
        assert!(is_slow || poll(&mut sooner, &counted).is_ready());
    }
}

#[test]
fn they_go_off_in_the_order_of_their_times_and_then_of_their_first_polls() {
    let log = Arc::new(Mutex::new(Vec::new()));
    on_one_thread().block_on(async {
        let start = Instant::now() + ms(300);
        let mut expected = Vec::new();
        let mut state = 0x2545_f491_4f6c_dd1d;
        let tasks: Vec<_> = (0..300)
            .map(|number| {
                let at = start + Duration::from_micros(random(&mut state) % 20 * 300);
                expected.push((at, number));
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    assert!(asyncio::timeout_at(at, pending::<()>()).await.is_err());
                    log.lock().unwrap().push((at, number));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        expected.sort_unstable();
        assert_eq!(*log.lock().unwrap(), expected);
    });
}

/// Some pass, some are put off where they were set, and some by another thread; nobody is forgotten.
#[test]
fn threads_set_put_off_and_wait_for_them_all_at_once() {
    for runtime in runtimes() {
        let passed = Arc::new(AtomicUsize::new(0));
        let counted = Arc::new(Counted::default());
        let (send, receive) = std::sync::mpsc::channel();
        let drops = thread::spawn(move || receive.into_iter().for_each(drop));
        let tasks: Vec<_> = (1..=16_u64)
            .map(|task| {
                let (passed, counted, send) =
                    (Arc::clone(&passed), Arc::clone(&counted), send.clone());
                runtime.spawn(async move {
                    let mut state = task.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    let mut kept = Vec::new();
                    for _ in 0..200 {
                        let delay = Duration::from_micros(random(&mut state) % 3000);
                        match random(&mut state) % 4 {
                            0 => {
                                let limited = move_on_after(delay, pending::<()>());
                                assert!(limited.await.is_none());
                                passed.fetch_add(1, Ordering::Relaxed);
                            }
                            1 => {
                                let mut limited = Box::pin(timeout(delay, pending::<()>()));
                                let _ = poll(&mut limited, &counted);
                                send.send(limited).unwrap();
                            }
                            2 => {
                                let mut sleeping = Box::pin(sleep(delay));
                                let _ = poll(&mut sleeping, &counted);
                                kept.push(sleeping);
                            }
                            _ => {
                                let yields = tokio::task::yield_now();
                                let _ = timeout(delay, yields).await;
                            }
                        }
                    }
                    let waits = kept.len();
                    for sleeping in kept {
                        sleeping.await;
                    }
                    passed.fetch_add(waits, Ordering::Relaxed);
                })
            })
            .collect();
        drop(send);
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        drops.join().unwrap();
        drop(runtime);
        assert!(passed.load(Ordering::Relaxed) > 1000);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}

#[test]
fn it_wakes_whoever_polled_it_last() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (first, second) = (Arc::new(Counted::default()), Arc::new(Counted::default()));
            let mut sleeping = sleep(ms(100));
            assert!(poll(&mut sleeping, &first).is_pending());
            assert!(poll(&mut sleeping, &second).is_pending());
            assert_eq!(Arc::strong_count(&first), 1);
            sleep(ms(110)).await;
            assert_eq!((first.get(), second.get()), (0, 1));
            assert_eq!(Arc::strong_count(&second), 1);
            assert!(poll(&mut sleeping, &first).is_ready());
            assert!(poll(&mut sleeping, &first).is_ready(), "it stays so");
        });
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_waiting() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("it does not want to be woken");
        }
    }
    for runtime in runtimes() {
        runtime.block_on(async {
            let counted = Arc::new(Counted::default());
            let (mut first, mut second) = (sleep(ms(100)), sleep(ms(100)));
            let panics = Waker::from(Arc::new(Panics));
            let polled = Pin::new(&mut first).poll(&mut Context::from_waker(&panics));
            assert!(polled.is_pending());
            assert!(poll(&mut second, &counted).is_pending());
            sleep(ms(110)).await;
            assert_eq!(counted.get(), 1);
        });
    }
}

#[test]
fn times_that_never_come_are_no_trouble() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let counted = Arc::new(Counted::default());
            let mut never = sleep(Duration::MAX);
            assert!(poll(&mut never, &counted).is_pending());
            let last = (0..64).rev().fold(Instant::now(), |last, bit| {
                last.checked_add(Duration::from_secs(1 << bit))
                    .unwrap_or(last)
            });
            let mut end_of_time = Box::pin(asyncio::timeout_at(last, pending::<()>()));
            assert!(poll(&mut end_of_time, &counted).is_pending());
            sleep(ms(5)).await;
            drop(never);
            sleep(ms(5)).await;
            assert!(poll(&mut end_of_time, &counted).is_pending());
            assert_eq!(counted.get(), 0);
        });
    }
}

#[test]
fn a_runtime_that_runs_again_goes_on_with_them() {
    let runtime = on_one_thread();
    let counted = Arc::new(Counted::default());
    let (mut first, mut second) = (sleep(ms(100)), sleep(ms(120)));
    runtime.block_on(async {
        assert!(poll(&mut second, &counted).is_pending());
        assert!(poll(&mut first, &counted).is_pending());
    });
    thread::sleep(ms(110));
    assert_eq!(counted.get(), 0, "nobody looks at timers");
    runtime.block_on(async {
        sleep(ms(30)).await;
        assert_eq!(counted.get(), 2);
        first.await;
        second.await;
    });
}

#[test]
fn one_that_outlives_its_runtime_is_woken_and_waits_in_the_next() {
    let ends: [fn(Runtime); 3] = [drop, Runtime::shutdown_background, |runtime| {
        runtime.shutdown_timeout(LONG);
    }];
    for end in ends {
        for first in runtimes() {
            let counted = Arc::new(Counted::default());
            let begin = std::time::Instant::now();
            let mut limits: Vec<_> = (0..10)
                .map(|_| Box::pin(timeout(ms(100), pending::<()>())))
                .collect();
            let _entered = first.enter();
            for limit in &mut limits {
                assert!(poll(limit, &counted).is_pending());
            }
            drop(_entered);
            end(first);
            while counted.get() < limits.len() {
                assert!(begin.elapsed() < LONG / 60, "who waits is told");
                thread::yield_now();
            }
            for next in runtimes() {
                let limit = limits.pop().unwrap();
                assert!(next.block_on(limit).is_err());
                assert!(begin.elapsed() >= ms(100));
            }
            drop(limits);
            assert_eq!(Arc::strong_count(&counted), 1);
        }
    }
}

#[test]
fn one_of_another_runtime_goes_off_there() {
    let (first, second) = (on_threads(), on_one_thread());
    let begin = Instant::now();
    let mut limit = Box::pin(timeout(ms(20), pending::<()>()));
    let entered = first.enter();
    assert!(poll(&mut limit, &Arc::default()).is_pending());
    drop(entered);
    assert!(second.block_on(limit).is_err());
    assert!(begin.elapsed() >= ms(20));
}

#[test]
fn many_runtimes_side_by_side_have_their_own() {
    let all: Vec<_> = (0..20).map(|_| on_one_thread()).collect();
    for round in 0..3 {
        for runtime in &all {
            runtime.block_on(async {
                let start = Instant::now();
                let in_time = timeout(ms(5), tokio::task::yield_now()).await.is_ok();
                assert!(in_time || start.elapsed() >= ms(5));
                if round == 1 {
                    sleep(ms(1)).await;
                }
            });
        }
    }
}

#[test]
fn without_timers_it_panics_as_tokio_does() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let panic_of = |polled: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(polled)).unwrap_err();
        *panic.downcast::<String>().unwrap()
    };
    let ours = panic_of(&|| runtime.block_on(sleep(ms(1))));
    let tokios = panic_of(&|| runtime.block_on(async { tokio::time::sleep(ms(1)).await }));
    assert_eq!(ours, tokios);
    let outside = panic_of(&|| assert!(poll(&mut sleep(ms(1)), &Arc::default()).is_pending()));
    let tokios = panic_of(&|| drop(tokio::time::sleep(ms(1))));
    assert_eq!(outside, tokios);
}

#[test]
fn in_a_runtime_that_has_ended_it_panics_as_tokio_does() {
    let runtime = on_one_thread();
    let handle = runtime.handle().clone();
    runtime.block_on(sleep(ms(1)));
    drop(runtime);
    let panics = |polled: &dyn Fn()| catch_unwind(AssertUnwindSafe(polled)).is_err();
    assert!(panics(&|| handle.block_on(sleep(ms(1)))));
    assert!(panics(
        &|| handle.block_on(async { tokio::time::sleep(ms(1)).await })
    ));
}

#[test]
fn on_a_paused_clock_one_that_is_put_off_does_not_move_it() {
    paused().block_on(async {
        let start = Instant::now();
        let counted = Arc::new(Counted::default());
        let mut limit = Box::pin(timeout(ms(50), pending::<()>()));
        assert!(poll(&mut limit, &counted).is_pending());
        sleep(ms(10)).await;
        drop(limit);
        some_real_time().await;
        assert_eq!(start.elapsed(), ms(10));
        assert_eq!((counted.get(), Arc::strong_count(&counted)), (0, 1));
    });
}

#[test]
fn on_a_paused_clock_they_go_off_at_their_times() {
    paused().block_on(async {
        let start = Instant::now();
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let delay = ms(1 + number * 7 % 40);
                tokio::spawn(async move {
                    assert!(timeout(delay, pending::<()>()).await.is_err());
                    assert_eq!(start.elapsed(), delay);
                    sleep(LONG).await;
                    assert_eq!(start.elapsed(), delay + LONG);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// What was set on the real clock may move the paused one, once.
#[test]
fn a_clock_that_is_paused_later_is_moved_once_for_nothing_at_most() {
    on_one_thread().block_on(async {
        assert!(timeout(LONG, tokio::task::yield_now()).await.is_ok()); // Tokio's timer is set
        let counted = Arc::new(Counted::default());
        let mut before = Box::pin(timeout(2 * LONG, pending::<()>()));
        assert!(poll(&mut before, &counted).is_pending());
        tokio::time::pause();
        let start = Instant::now();
        for count in 1..=5 {
            let mut never = Box::pin(timeout(10 * LONG, pending::<()>()));
            assert!(poll(&mut never, &counted).is_pending());
            sleep(LONG).await;
            let late = start.elapsed() - count * LONG;
            assert!(late < ms(20), "{late:?}"); // Tokio counts in whole milliseconds
        }
        assert!(poll(&mut before, &counted).is_ready());
        let elapsed = start.elapsed();
        some_real_time().await;
        assert_eq!(start.elapsed(), elapsed);
    });
}

#[test]
fn to_pause_advance_and_resume_the_clock_loses_nobody() {
    on_one_thread().block_on(async {
        let log = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [LONG, 3 * LONG, 2 * LONG, 4 * LONG]
            .map(|delay| {
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    assert!(timeout(delay, pending::<()>()).await.is_err());
                    log.lock().unwrap().push(delay);
                })
            })
            .into();
        tokio::task::yield_now().await;
        tokio::time::pause();
        tokio::time::advance(2 * LONG).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(*log.lock().unwrap(), [LONG, 2 * LONG]);
        tokio::time::advance(LONG - ms(5)).await;
        tokio::time::resume();
        while log.lock().unwrap().len() < 3 {
            sleep(ms(1)).await; // the last few are on a clock that runs
        }
        tokio::time::pause();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*log.lock().unwrap(), [1, 2, 3, 4].map(|count| count * LONG));
    });
}
