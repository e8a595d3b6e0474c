//! `duration!`, `sleep!` and `wait_for!`.
#![deny(warnings)]
#![forbid(unsafe_code)]

use asyncio::{TimeoutError, duration, gather, sleep, wait_for};
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_literal_is_a_constant() {
    const LONG: Duration = duration!(1h30m);
    static SHORT: Duration = duration!(100µs);
    const fn doubled(length: Duration) -> u64 {
        length.as_secs() * 2
    }
    const DOUBLED: u64 = doubled(duration!(1m30s));
    assert_eq!(LONG, SECOND * 5400);
    assert_eq!(SHORT, Duration::from_micros(100));
    assert_eq!(DOUBLED, 180);
}

#[test]
fn every_unit() {
    assert_eq!(duration!(10ns), Duration::from_nanos(10));
    assert_eq!(duration!(100us), Duration::from_micros(100));
    assert_eq!(duration!(100μs), Duration::from_micros(100)); // Greek mu
    assert_eq!(duration!(500ms), SECOND / 2);
    assert_eq!(duration!(1.5s), SECOND * 3 / 2);
    assert_eq!(duration!(2m), SECOND * 120);
    assert_eq!(duration!(2h), SECOND * 7200);
    assert_eq!(duration!(1d), SECOND * 86400);
    assert_eq!(duration!(1d12h30m15s250ms), SECOND * 131_415 + SECOND / 4);
    assert_eq!(duration!(1_000ms), SECOND);
    assert_eq!(duration!(0s), Duration::ZERO);
    assert_eq!(duration!((1s)), SECOND);
    assert_eq!(duration!(1s,), SECOND);
}

macro_rules! through {
    (literal $length:literal) => {
        duration!($length)
    };
    (tokens $($length:tt)*) => {
        duration!($($length)*)
    };
    (expr $future:expr, $limit:expr) => {
        wait_for!($future, $limit)
    };
}

#[test]
fn a_literal_passes_through_macros() {
    assert_eq!(through!(literal 1m30s), SECOND * 90);
    assert_eq!(through!(tokens 1m30s), SECOND * 90);
}

async fn elapsed(future: impl Future) -> Duration {
    let start = Instant::now();
    future.await;
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn sleep_takes_what_is_a_duration() {
    let seconds = 2.5;
    let limit = SECOND * 3;
    assert_eq!(elapsed(sleep!(1m30s)).await, SECOND * 90);
    assert_eq!(elapsed(sleep!(seconds)).await, SECOND * 5 / 2);
    assert_eq!(elapsed(sleep!(limit)).await, SECOND * 3);
    assert_eq!(elapsed(sleep!(limit / 2)).await, SECOND * 3 / 2);
    assert_eq!(elapsed(sleep!(-seconds)).await, Duration::ZERO);
    assert_eq!(elapsed(sleep!(0s)).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn wait_for_gives_the_value_or_the_timeout() {
    let late = Err(TimeoutError::new(SECOND));
    assert_eq!(wait_for!(sleep(2), 1s).await, late);
    assert_eq!(wait_for!(sleep(0.5), 1s).await, Ok(()));
    assert_eq!(wait_for!(sleep(2), timeout = 1s).await, late);
    assert_eq!(wait_for!(sleep(2), SECOND,).await, late);
    assert_eq!(wait_for!(sleep(2), 1.0 + 0.5 - 0.5).await, late);
    assert_eq!(through!(expr sleep(2), 1s).await, late);
    assert_eq!(through!(expr sleep(2), SECOND).await, late);
}

#[tokio::test(start_paused = true)]
async fn wait_for_never_starts_what_has_no_time() {
    let started = std::cell::Cell::new(false);
    let result = wait_for!(async { started.set(true) }, 0s).await;
    assert_eq!(result, Err(TimeoutError::new(Duration::ZERO)));
    assert!(!started.get());
}

#[tokio::test(start_paused = true)]
async fn wait_for_takes_any_future() {
    async fn length(text: &str) -> usize {
        text.len()
    }
    struct Request;
    impl IntoFuture for Request {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;
        fn into_future(self) -> Self::IntoFuture {
            std::future::ready(7)
        }
    }
    // A temporary lives until the end of the statement, as in a call.
    assert_eq!(wait_for!(length(&String::from("abc")), 1s).await, Ok(3));
    assert_eq!(wait_for!(Request, 1s).await, Ok(7));
    let mut boxed = Box::pin(length("ab"));
    assert_eq!(wait_for!(&mut boxed, 1s).await, Ok(2));
    assert_eq!(wait_for!(wait_for!(length("a"), 1s), 2s).await, Ok(Ok(1)));
    // A future that comes out of a future.
    #[allow(clippy::async_yields_async)]
    let made = async { sleep(2) };
    assert!(wait_for!(made.await, 1s).await.is_err());
    let both = wait_for!(gather!(length("a"), length("bc")), 3s).await;
    assert_eq!(both, Ok((1, 2)));
}

#[tokio::test]
async fn wait_for_is_send_where_its_future_is() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    assert_send(async { wait_for!(gather!(sleep(0), sleep(0)), 3s).await })
        .await
        .expect("in time");
    assert_send(sleep!(1ns)).await;
}
