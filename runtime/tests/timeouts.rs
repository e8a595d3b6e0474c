//! Time limits: CHECKLIST groups F and X. The times and values are those that CPython 3.13 gave.

mod common;

use asyncio::{
    Timeout, TimeoutHandle, create_task, current_task, finally, move_on_after, remaining, shield,
    sleep, timeout, timeout_at, wait_for,
};
use common::{Log, ms};
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

fn run<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

/// Never ends by itself; takes `cleanup` to clean up.
async fn hangs(log: &Log, name: &'static str, cleanup: u64) {
    log.add(&format!("{name} start"));
    let log = log.clone();
    let _guard = finally(async move {
        log.add(&format!("{name} cancelled"));
        sleep(ms(cleanup)).await;
        log.add(&format!("{name} cleaned"));
    });
    pending::<()>().await;
}

macro_rules! on_virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => { $(
        $(#[$meta])*
        #[test]
        fn $name() {
            run(async $body)
        }
    )* };
}

on_virtual_time! {

async fn what_cleans_up_can_ask_whether_the_time_was_up() {
    let limit = TimeoutHandle::new();
    let seen = std::cell::Cell::new(None);
    let body = async {
        struct Asks<'a>(&'a TimeoutHandle, &'a std::cell::Cell<Option<bool>>);
        impl Drop for Asks<'_> {
            fn drop(&mut self) {
                self.1.set(Some(self.0.expired()));
            }
        }
        let _asks = Asks(&limit, &seen);
        pending::<()>().await;
    };
    timeout(ms(5), body).with_handle(&limit).await.unwrap_err();
    assert_eq!(seen.get(), Some(true));
}

/// B-166, B-168.
async fn a_limit_that_is_dropped_has_expired_if_its_time_is_up() {
    for (millis, expired) in [(5, true), (6, false)] {
        let limit = TimeoutHandle::new();
        let inner = timeout(ms(millis), pending::<()>()).with_handle(&limit);
        timeout(ms(5), inner).await.unwrap_err();
        assert_eq!(limit.expired(), expired);
        limit.reschedule(1).unwrap_err();
    }
}

/// B-138: a limit that is a deadline is known before it begins, one that never begins does not expire.
async fn a_deadline_can_be_seen_before_it_begins() {
    let (limit, other) = (TimeoutHandle::new(), TimeoutHandle::new());
    let at = Instant::now() + ms(1);
    let ended = timeout_at(at, pending::<()>()).with_handle(&limit);
    let _until_then = timeout(ms(1), async {}).with_handle(&other);
    assert_eq!((limit.when(), other.when()), (Some(at), None));
    sleep(ms(2)).await;
    assert!(!limit.expired());
    drop(ended);
    assert!(!limit.expired());
    limit.reschedule(1).unwrap_err();
}

/// B-138, B-158.
async fn what_ends_in_time_gives_its_value() {
    let started = Instant::now();
    let limit = TimeoutHandle::new();
    let value = timeout(ms(5), async {
        assert_eq!(limit.when(), Some(started + ms(5)), "it can be seen from the beginning");
        sleep(ms(1)).await;
        "r"
    });
    assert_eq!(value.with_handle(&limit).await, Ok("r"));
    assert_eq!((limit.expired(), started.elapsed()), (false, ms(1)));
    assert_eq!(wait_for(async { 7 }, ms(5)).await, Ok(7));
}

/// B-139, B-140, B-148, B-159, B-162: the total time includes the cleanup.
async fn what_takes_too_long_is_dropped_and_cleaned_up() {
    let log = Log::new();
    let limit = TimeoutHandle::new();
    let error = timeout(ms(2), hangs(&log, "a", 3)).with_handle(&limit).await.unwrap_err();
    assert_eq!(error.to_string(), "timed out after 2ms");
    log.add("after");
    assert!(limit.expired());
    assert_eq!(log.all(), ["a start@0", "a cancelled@2", "a cleaned@5", "after@5"]);
}

/// B-143, B-169.
async fn errors_of_the_body_pass_through() {
    let fails = async {
        sleep(ms(1)).await;
        Err::<(), _>("k")
    };
    assert_eq!(wait_for(fails, ms(5)).await, Ok(Err("k")));
}

/// B-144, B-163: without a limit there is none, until there is one.
async fn no_limit_is_a_very_long_one() {
    let value = wait_for(async { sleep(1_000_000).await; "r" }, Duration::MAX);
    assert_eq!(value.await, Ok("r"));
    let limit = TimeoutHandle::new();
    let started = Instant::now();
    let ended = timeout(Duration::MAX, async {
        assert_eq!(limit.when(), None);
        sleep(ms(1)).await;
        limit.reschedule(ms(1)).unwrap();
        pending::<()>().await;
    });
    assert!(ended.with_handle(&limit).await.is_err());
    assert_eq!(started.elapsed(), ms(2));
}

/// B-145, B-146, B-147.
async fn with_a_limit_of_zero_wait_for_starts_nothing() {
    let log = Log::new();
    assert!(wait_for(hangs(&log, "a", 1), 0).await.is_err());
    assert!(wait_for(hangs(&log, "a", 1), -1).await.is_err());
    assert_eq!(log.all(), [] as [&str; 0]);
}

/// B-164, B-165, B-177.
async fn with_a_limit_of_zero_timeout_runs_up_to_the_first_suspension() {
    assert_eq!(timeout(0, async { 7 }).await, Ok(7));
    assert_eq!(timeout_at(Instant::now() - ms(1), async { 7 }).await, Ok(7));
    for limit in [0.0, -1.0] {
        let started = Instant::now();
        assert!(timeout(limit, sleep(0)).await.is_err());
        assert!(timeout_at(Instant::now(), sleep(0)).await.is_err());
        assert_eq!(started.elapsed(), ms(0));
    }
}

/// B-149, B-157, B-171: a cancellation is never a time-out.
async fn a_cancelled_task_is_not_one_that_timed_out() {
    let inner = create_task(pending::<()>());
    let canceller = inner.canceller();
    let outer = create_task(wait_for(inner, ms(10)));
    sleep(ms(1)).await;
    canceller.cancel();
    assert!(outer.await.unwrap().unwrap().is_err());
    let outer = create_task(timeout(ms(10), pending::<()>()));
    sleep(ms(1)).await;
    outer.cancel();
    assert!(outer.await.is_err());
}

/// B-150.
async fn the_body_runs_in_the_task_that_waits() {
    let outside = current_task().unwrap();
    let inside = timeout(ms(1), async { current_task().unwrap() }).await;
    assert_eq!(inside, Ok(outside));
}

/// B-151, B-152, B-153.
async fn on_a_tie_the_time_out_wins() {
    assert!(wait_for(sleep(ms(1)), ms(1)).await.is_err());
    let task = create_task(async {
        sleep(ms(1)).await;
        "lost"
    });
    let handle = task.handle();
    assert!(wait_for(task, ms(1)).await.is_err());
    sleep(0).await;
    assert!(handle.done());
    let (tx, rx) = tokio::sync::oneshot::channel();
    drop(create_task(async move {
        sleep(ms(1)).await;
        let _ = tx.send(());
    }));
    sleep(0).await;
    assert!(wait_for(rx, ms(1)).await.is_err());
}

/// B-154.
async fn what_is_shielded_runs_on_after_the_time_out() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            sleep(ms(3)).await;
            log.add("saved");
        }
    });
    let mut task = task;
    assert!(wait_for(&mut task, ms(1)).await.is_err());
    log.add("timed out");
    task.await.unwrap();
    let shielded = log.clone();
    let ended = wait_for(shield(async move {
        sleep(ms(3)).await;
        shielded.add("shielded");
    }), ms(1));
    assert!(ended.await.is_err());
    sleep(ms(5)).await;
    assert_eq!(log.all(), ["timed out@1", "saved@3", "shielded@6"]);
}

/// B-155, B-167, B-168.
async fn of_nested_limits_the_earlier_one_passes() {
    let log = Log::new();
    let result = timeout(ms(5), async {
        let inner = timeout(ms(1), hangs(&log, "inner", 1)).await;
        log.add("handled");
        assert_eq!(inner.unwrap_err().limit(), ms(1));
        pending::<()>().await;
    });
    assert_eq!(result.await.unwrap_err().limit(), ms(5));
    log.add("outer");
    assert_eq!(
        log.all(),
        ["inner start@0", "inner cancelled@1", "inner cleaned@2", "handled@2", "outer@5"]
    );
    let limit = TimeoutHandle::new();
    let outer = timeout(ms(1), timeout(ms(5), pending::<()>()).with_handle(&limit));
    assert_eq!(outer.await.unwrap_err().limit(), ms(1));
    assert!(!limit.expired());
}

/// B-166.
async fn of_nested_limits_that_pass_together_the_outer_one_does() {
    let log = Log::new();
    let result = timeout(ms(1), async {
        let _ = timeout(ms(1), hangs(&log, "inner", 1)).await;
        log.add("never");
    });
    assert!(result.await.is_err());
    assert_eq!(log.all(), ["inner start@0", "inner cancelled@1", "inner cleaned@2"]);
}

/// B-172.
async fn a_cancellation_during_the_cleanup_of_a_time_out_wins() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _ = timeout(ms(1), hangs(&log, "body", 10)).await;
            log.add("never");
        }
    });
    sleep(ms(5)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["body start@0", "body cancelled@1", "body cleaned@11"]);
}

/// B-174.
async fn the_deadline_can_be_moved() {
    for (moved, expected) in [(Some(7), 7), (Some(1), 1), (None, 0)] {
        let limit = TimeoutHandle::new();
        let started = Instant::now();
        let ended = timeout(ms(5), async {
            match moved {
                Some(millis) => limit.reschedule_at(started + ms(millis)).unwrap(),
                None => limit.reschedule(0).unwrap(),
            }
            pending::<()>().await;
        });
        assert!(ended.with_handle(&limit).await.is_err());
        assert_eq!(started.elapsed(), ms(expected));
    }
}

/// B-175.
async fn the_deadline_cannot_be_moved_before_the_beginning_nor_in_the_end() {
    let limit = TimeoutHandle::new();
    assert_eq!(limit.reschedule(1).unwrap_err().to_string(), "the time-out has not begun");
    timeout(ms(1), async {}).with_handle(&limit).await.unwrap();
    assert_eq!(limit.reschedule(1).unwrap_err().to_string(), "the time-out is over");
    let limit = TimeoutHandle::new();
    timeout(ms(1), pending::<()>()).with_handle(&limit).await.unwrap_err();
    assert_eq!(limit.reschedule(1).unwrap_err().to_string(), "the time-out has expired");
}

/// The waker of whoever waits is told, also when another task moves it.
async fn another_task_can_move_the_deadline() {
    let limit = TimeoutHandle::new();
    let mover = limit.clone();
    drop(create_task(async move {
        sleep(ms(1)).await;
        mover.reschedule(ms(1)).unwrap();
    }));
    let started = Instant::now();
    assert!(timeout(60, pending::<()>()).with_handle(&limit).await.is_err());
    assert_eq!(started.elapsed(), ms(2));
}

/// B-180.
async fn after_a_time_out_the_task_goes_on() {
    assert!(timeout(ms(1), pending::<()>()).await.is_err());
    sleep(ms(1)).await;
    assert!(timeout(ms(1), pending::<()>()).await.is_err());
}

/// B-182.
async fn a_limit_in_a_cleanup_is_one_of_its_own() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _guard = finally(async move {
                assert!(timeout(ms(2), pending::<()>()).await.is_err());
                log.add("cleanup timed out");
            });
            pending::<()>().await;
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["cleanup timed out@3"]);
}

async fn move_on_after_is_no_error() {
    assert_eq!(move_on_after(ms(1), pending::<()>()).await, None);
    assert_eq!(move_on_after(ms(1), async { 7 }).await, Some(7));
}

async fn deadlines_are_inherited_by_tasks() {
    assert_eq!(remaining(), None);
    let task = timeout(ms(5), async {
        sleep(ms(1)).await;
        assert_eq!(remaining(), Some(ms(4)));
        let outer = timeout(ms(60), async { remaining() }).await.unwrap();
        assert_eq!(outer, Some(ms(4)), "the earlier one is in force");
        let task = create_task(async {
            let first = remaining();
            sleep(ms(1)).await;
            (first, remaining(), timeout(ms(1), async { remaining() }).await.unwrap())
        });
        [task] // not to be awaited here
    });
    let [task] = task.await.unwrap();
    let seen = task.await.unwrap();
    assert_eq!(seen, (Some(ms(4)), Some(ms(3)), Some(ms(1))));
}

async fn a_panic_of_the_body_comes_after_its_cleanup() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            timeout(ms(10), async {
                let _guard = log.guard("guard", 5);
                assert!(remaining().is_none(), "the body");
            })
            .await
        }
    });
    assert!(task.outcome().await.is_panicked());
    assert_eq!(log.all(), ["guard<@0", "guard>@5"]);
}

}

// For Miri: nobody may look at all of a limit while its future lives.
async fn limit_what_refers_to_itself() {
    const LONG: Duration = Duration::from_secs(600);
    async fn refers_to_itself(times: u32) -> u32 {
        let mut count = 0;
        let within = &mut count;
        while *within < times {
            sleep(ms(1)).await;
            *within += 1;
        }
        count
    }
    assert_eq!(timeout(LONG, refers_to_itself(3)).await, Ok(3));
    let handle = TimeoutHandle::new();
    let handled = timeout(LONG, refers_to_itself(3)).with_handle(&handle);
    assert_eq!(handled.await, Ok(3));
    timeout(ms(5), refers_to_itself(100)).await.unwrap_err();
    let cleans_up = async {
        let mut count = 0;
        let within = &mut count;
        for _ in 0..3 {
            drop(finally(async { sleep(ms(1)).await }));
            sleep(ms(2)).await;
            *within += 1;
        }
        count
    };
    assert_eq!(timeout(LONG, cleans_up).await, Ok(3));
    assert_eq!(move_on_after(LONG, refers_to_itself(2)).await, Some(2));
}

#[test]
fn a_future_may_refer_to_itself() {
    asyncio::Runner::new().run(limit_what_refers_to_itself());
    run(limit_what_refers_to_itself());
}

#[test]
#[should_panic(expected = "a time limit was polled again after it was done")]
fn a_limit_that_is_polled_too_often_panics() {
    run(async {
        let mut limit = std::pin::pin!(timeout(1, async {}));
        limit.as_mut().await.unwrap();
        let _ = limit.await;
    });
}

#[test]
#[should_panic(expected = "NaN")]
fn a_limit_that_is_no_number_panics() {
    drop(timeout(f64::NAN, async {}));
}

/// It ends where it suspends next, and a limit of no time comes after that, as in CPython.
#[test]
fn a_task_that_cancels_itself_ends_before_a_limit_of_zero() {
    let cancel = || assert!(current_task().expect("a task of ours").cancel());
    run(async {
        let inside = create_task(timeout(0, async move {
            cancel();
            sleep(1).await;
        }));
        assert!(inside.await.is_err());
        let before = create_task(async move {
            cancel();
            wait_for(sleep(1), 0).await
        });
        assert!(before.await.is_err());
    });
}

/// There is nothing left of the task that the cancellation could end.
#[test]
fn a_limit_of_zero_holds_in_a_cleanup_that_cancels_its_own_task() {
    run(async {
        let (ended, end) = tokio::sync::oneshot::channel();
        let task = create_task(async move {
            let _guard = finally(async move {
                current_task().expect("a task of ours").cancel();
                let late = timeout(0, sleep(1)).await;
                ended.send(late.is_err()).expect("it is waited for");
            });
        });
        assert_eq!(end.await, Ok(true));
        assert_eq!(task.await, Ok(()));
    });
}

/// Of time-outs that pass together it is the outer that ends; as CPython's, also where both are of no time.
#[test]
fn of_nested_limits_of_zero_the_outer_ends() {
    run(async {
        for moved in [false, true] {
            if moved {
                sleep(ms(3)).await;
            }
            let inner = timeout(Duration::ZERO, pending::<()>());
            assert!(timeout(Duration::ZERO, inner).await.is_err());
        }
        // In a task made under a limit that has passed it has its own, since that limit does not end the task.
        let (task,) = timeout(ms(5), async {
            (create_task(async {
                sleep(ms(7)).await;
                timeout(Duration::ZERO, pending::<()>()).await
            }),)
        })
        .await
        .unwrap();
        assert!(task.await.unwrap().is_err());
    });
}

/// What can be awaited without being a future itself.
struct Later(u32);

impl IntoFuture for Later {
    type Output = u32;
    type IntoFuture = std::future::Ready<u32>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(self.0)
    }
}

fn limited<F: IntoFuture>(future: F) -> Timeout<F::IntoFuture> {
    timeout(1, future)
}

#[test]
fn types_are_inferred_through_a_limit() {
    run(async {
        let number: u32 = timeout(1, async { "1".parse().unwrap() }).await.unwrap();
        let nested = wait_for(move_on_after(1, async move { number.into() }), 1);
        let nested: Option<u64> = nested.await.unwrap();
        assert_eq!(nested, Some(1));
        assert_eq!(limited(Later(2)).await, Ok(2));
        let boxed: Pin<Box<dyn Future<Output = u32>>> = Box::pin(async { 3 });
        assert_eq!(limited(boxed).await, Ok(3));
    });
}
