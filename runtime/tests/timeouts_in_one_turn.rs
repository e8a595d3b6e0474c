//! Time limits on our own loop that count from the end of the turn of the loop in which they begin. In a file of its own:
//! `#[asyncio::test]` switches introspection on in the whole process, and they count from their beginning then.
#![cfg(feature = "tokio")]

use asyncio::{Runner, Timeout, TimeoutHandle, create_task, remaining, sleep, timeout};
use std::cell::Cell;
use std::future::{Future, Pending, pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

type Limit = Pin<Box<Timeout<Pending<()>>>>;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// One that was polled, and waits.
fn begun(limit: Duration) -> Limit {
    let mut limit = Box::pin(timeout(limit, pending()));
    assert!(poll(&mut limit).is_pending());
    limit
}

fn counts_later(limit: &Limit) -> bool {
    format!("{limit:?}").contains("Within")
}

/// Waits until the loop has compared its clock with the real one in this turn. It may find that it was interrupted.
async fn until_limits_count_later() {
    for _ in 0..1000 {
        if (0..3).any(|_| counts_later(&begun(ms(1000)))) {
            return;
        }
        sleep(ms(1)).await;
    }
    panic!("on the real clock they count later");
}

fn run<F: Future>(test: F) -> F::Output {
    Runner::new().run(async {
        until_limits_count_later().await;
        test.await
    })
}

#[test]
fn of_two_that_begin_in_one_turn_the_outer_passes_first() {
    run(async {
        let start = Instant::now();
        let outer = timeout(ms(20), async {
            let inner = timeout(ms(20), pending::<()>()).await;
            unreachable!("{inner:?}");
        });
        assert_eq!(outer.await.unwrap_err().limit(), ms(20));
        assert!(start.elapsed() >= ms(20));
    });
    run(async {
        let start = Instant::now();
        let outer = timeout(ms(60_000), timeout(ms(20), pending::<()>()));
        assert_eq!(outer.await.unwrap().unwrap_err().limit(), ms(20));
        assert!(start.elapsed() >= ms(20));
    });
}

#[test]
fn what_is_left_does_not_change_within_the_turn() {
    run(async {
        let start = Instant::now();
        let limited = timeout(ms(60_000), async {
            assert!(remaining().unwrap() <= ms(60_000));
            sleep(0).await;
            let left = remaining().unwrap();
            assert!(left <= ms(60_000));
            let inherited = create_task(async { remaining().unwrap() });
            assert!(inherited.await.unwrap() <= left);
            sleep(ms(20)).await;
            let left = remaining().unwrap();
            assert!(left <= ms(59_980) && left + start.elapsed() >= ms(60_000));
        });
        limited.await.unwrap();
    });
}

#[test]
fn in_a_long_turn_it_counts_from_the_end() {
    run(async {
        let ended = Cell::new(false);
        let mut limited = pin!(timeout(ms(20), async {
            pending::<()>().await;
        }));
        let busy = create_task(async {
            thread::sleep(ms(40));
            Instant::now()
        });
        let error = poll_fn(|cx| {
            let polled = limited.as_mut().poll(cx);
            ended.set(polled.is_ready());
            polled
        });
        let error = error.await.unwrap_err();
        assert!(busy.await.unwrap().elapsed() >= ms(20) && ended.get());
        assert_eq!(error.to_string(), "timed out after 20ms");
    });
}

#[test]
fn one_that_ends_in_its_turn_or_waits_again_is_put_off() {
    run(async {
        for _ in 0..200 {
            let limited = timeout(ms(1), async {
                for _ in 0..3 {
                    sleep(0).await;
                }
                7
            });
            assert_eq!(limited.await, Ok(7));
        }
        let shared = timeout(ms(60_000), async {
            for _ in 0..3 {
                sleep(ms(1)).await;
            }
            8
        });
        assert_eq!(shared.await, Ok(8));
    });
}

#[test]
fn a_limit_of_no_time_and_one_of_a_thousand_years_are_as_ever() {
    run(async {
        assert!(timeout(ms(0), pending::<()>()).await.is_err());
        let mut limit = begun(Duration::MAX);
        let mut long = begun(Duration::from_secs(86400 * 365 * 1000));
        sleep(ms(2)).await;
        assert!(poll(&mut limit).is_pending() && poll(&mut long).is_pending());
    });
}

#[test]
fn one_that_gets_a_handle_late_shows_its_deadline() {
    run(async {
        let limit = begun(ms(60_000));
        assert!(counts_later(&limit));
        let handle = TimeoutHandle::new();
        let mut limit = Pin::into_inner(limit).with_handle(&handle);
        assert!(poll(&mut limit).is_pending());
        let left = handle.when().unwrap().into_std() - Instant::now();
        assert!(left <= ms(60_000) && left > ms(30_000));
        handle.reschedule(0.01).unwrap();
        assert!(limit.await.is_err());
    });
}

/// Awaits it on a thread of its own; how long that took there.
fn elsewhere(limit: Limit) -> Duration {
    let awaited = move || {
        let start = Instant::now();
        let error = Runner::new().run(limit).unwrap_err();
        assert_eq!(error.to_string(), "timed out after 80ms");
        start.elapsed()
    };
    thread::spawn(awaited).join().unwrap()
}

#[test]
fn one_that_moves_before_the_loop_has_looked_counts_from_its_next_poll() {
    run(async {
        let limit = begun(ms(80));
        assert!(counts_later(&limit));
        assert!(elsewhere(limit) >= ms(79));
    });
}

#[test]
fn one_that_moves_after_the_loop_has_looked_counts_from_there() {
    run(async {
        let start = Instant::now();
        let limit = begun(ms(80));
        assert!(counts_later(&limit));
        sleep(ms(50)).await;
        let slept = start.elapsed();
        let took = elsewhere(limit);
        assert!(start.elapsed() >= ms(80));
        assert!(
            took <= ms(80) || slept < ms(50),
            "{took:?} of what was left"
        );
    });
}

#[test]
fn one_that_moves_after_it_has_rung_has_passed() {
    for is_slot_taken in [false, true] {
        run(async {
            let limit = begun(ms(80));
            assert!(counts_later(&limit));
            sleep(ms(100)).await;
            until_limits_count_later().await;
            let next = is_slot_taken.then(|| begun(ms(60_000)));
            sleep(ms(1)).await;
            assert!(elsewhere(limit) < ms(60));
            drop(next);
        });
    }
}

/// What is left of it when it is polled.
async fn left_of(limit: &mut Pin<Box<Timeout<impl Future<Output = Duration>>>>) -> Duration {
    limit.as_mut().await.unwrap()
}

#[test]
fn one_that_outlives_its_loop_keeps_its_deadline() {
    let start = Instant::now();
    let mut polls = 0;
    let tells = poll_fn(move |_| {
        polls += 1;
        match polls {
            1 => Poll::Pending,
            _ => Poll::Ready(remaining().unwrap()),
        }
    });
    let mut limit = Box::pin(timeout(ms(60_000), tells));
    let (mut short,) = run(async {
        assert!(poll(&mut limit).is_pending());
        assert!(format!("{limit:?}").contains("Within"));
        let short = begun(ms(20));
        assert!(counts_later(&short));
        (short,)
    });
    let ended = Instant::now();
    thread::sleep(ms(30));
    // These may have their places, in the home of that loop as well.
    run(async {
        let others: Vec<_> = (0..5).map(|_| begun(ms(50_000))).collect();
        sleep(ms(1)).await;
        assert!(poll(&mut short).is_ready(), "its time is over");
        let left = left_of(&mut limit).await;
        assert!(left <= ms(60_000) - ended.elapsed() && left + start.elapsed() >= ms(60_000));
        drop(others);
    });
}

#[test]
fn threads_and_the_loop_may_look_at_them_at_the_same_time() {
    run(async {
        for _ in 0..50 {
            let limits: Vec<_> = (0..20).map(|number| begun(ms(1 + number % 3))).collect();
            let polling = thread::spawn(|| {
                Runner::new().run(async {
                    for mut limit in limits {
                        let _ = poll(&mut limit);
                    }
                });
            });
            sleep(ms(1)).await;
            polling.join().unwrap();
        }
    });
}
