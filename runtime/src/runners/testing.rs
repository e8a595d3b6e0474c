//! `#[asyncio::test]`: the runner of tests.

use super::Runner;
use crate::tasks::all_tasks;
use std::fmt::Write;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::{Location, panic_any};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// What a test may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

/// On the virtual clock nothing but this timer is left when the test can make no progress. It goes off
/// every day, so that the real time is looked at, and after a year has passed far beyond whatever a
/// test sleeps.
const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: u32 = 365;

/// Runs a test: on a virtual clock, unless `real_time`; for at most `limit` of real time.
///
/// # Panics
///
/// With the test's panic; when the limit passes; and when the test can make no progress any more.
#[track_caller]
#[doc(hidden)]
pub fn run_test<F: IntoFuture>(real_time: bool, limit: Option<Duration>, test: F) -> F::Output {
    let runner = Runner::new();
    let mut runner = if real_time { runner } else { runner.paused() };
    let limit = limit.unwrap_or(LIMIT);
    let test = test.into_future();
    let location = Location::caller();
    runner.run(guard(test, real_time, limit, location))
}

async fn guard<F: Future>(
    test: F,
    real_time: bool,
    limit: Duration,
    location: &'static Location<'static>,
) -> F::Output {
    let started = Instant::now();
    let mut test = pin!(test);
    let mut alarm = pin!(tokio::time::sleep(if real_time { limit } else { DAY }));
    let mut days = 0;
    poll_fn(|cx| {
        if let Poll::Ready(value) = test.as_mut().poll(cx) {
            return Poll::Ready(value);
        }
        while alarm.as_mut().poll(cx).is_ready() {
            days += 1;
            if !real_time && days < YEAR && started.elapsed() <= limit {
                let next = alarm.deadline() + DAY;
                alarm.as_mut().reset(next);
                continue;
            }
            let what = if real_time {
                format!("the test took longer than its limit of {limit:?}")
            } else if days < YEAR {
                format!("the test took longer than its limit of {limit:?}, of real time")
            } else {
                "deadlock: no task of the test can go on (for real I/O or threads, write \
                 `#[asyncio::test(real_time)]`)"
                    .to_owned()
            };
            fail(&what, location);
        }
        Poll::Pending
    })
    .await
}

/// Fails the test with what every task is doing.
fn fail(what: &str, location: &'static Location<'static>) -> ! {
    let mut text = format!("{what}\n  test at {location}");
    for task in all_tasks() {
        let _ = write!(
            text,
            "\n  task `{}`, spawned at {}",
            task.name(),
            task.location()
        );
    }
    panic_any(text)
}
