//! Time-outs.

use super::Places;
use super::tasks::runner;
use asyncio::{gather, timeout};
use asyncio_benches::Comparison;
use asyncio_benches::leaves::yields;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::task::unconstrained;

/// One after the other.
const TIMES: usize = 1000;
const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    macro_rules! one_by_one {
        ($value:ident => $awaits:expr) => {
            move || {
                places.timed.block_on(unconstrained(async {
                    for $value in 0..TIMES as u64 {
                        let _ = black_box($awaits);
                    }
                }));
            }
        };
    }
    macro_rules! compare {
        ($name:literal, $bar:expr, $value:ident, $future:expr, $poll:path) => {
            Comparison::new(concat!("timeout/", $name), TIMES)
                .with("timeout", one_by_one!($value => $poll(timeout(LIMIT, $future)).await))
                .with(
                    "tokio::time::timeout",
                    one_by_one!($value => $poll(tokio::time::timeout(LIMIT, $future)).await),
                )
                .at_most($bar)
                .with(
                    "tokio::select! with sleep",
                    one_by_one!($value => $poll(async {
                        tokio::select! {
                            biased;
                            value = $future => Some(value),
                            () = tokio::time::sleep(LIMIT) => None,
                        }
                    }).await),
                )
                .with("without", one_by_one!($value => $poll($future).await))
        };
    }
    macro_rules! compare_on_our_loop {
        ($name:literal, $bar:expr, $value:ident, $future:expr, $poll:path) => {{
            let runner = runner();
            Comparison::new(concat!("timeout/", $name, "_on_our_loop"), TIMES)
                .with("timeout", move || {
                    runner.borrow_mut().run(unconstrained(async {
                        for $value in 0..TIMES as u64 {
                            let _ = black_box($poll(timeout(LIMIT, $future)).await);
                        }
                    }));
                })
                .with(
                    "tokio::time::timeout on Tokio",
                    one_by_one!($value => $poll(tokio::time::timeout(LIMIT, $future)).await),
                )
                .at_most($bar)
        }};
    }
    vec![
        compare!("ready", 0.3, value, yields(0, value), itself),
        compare!(
            "pending_once_lone",
            0.6,
            value,
            yields(1, value),
            to_the_end
        ),
        compare_on_our_loop!("ready", 0.3, value, yields(0, value), itself),
        compare_on_our_loop!("pending_once", 0.6, value, yields(1, value), to_the_end),
        on_threads(places),
        concurrent(places),
    ]
}

fn itself<F>(future: F) -> F {
    future
}

/// Polls again and again within one poll of the runtime's, so that what it does between two is not measured.
async fn to_the_end<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return value;
        }
    }
}

/// In a worker, while the other one waits for Tokio's driver. Callgrind counts one thread.
fn on_threads(places: &'static Places) -> Comparison<'static> {
    macro_rules! in_a_worker {
        ($limit:path) => {
            move || {
                let whole = places.timed_threads.spawn(unconstrained(async {
                    for value in 0..TIMES as u64 {
                        let _ = black_box(to_the_end($limit(LIMIT, yields(1, value))).await);
                    }
                }));
                let whole = places.timed_threads.block_on(whole);
                whole.expect("it does not panic");
            }
        };
    }
    Comparison::new("timeout/pending_once_lone on Tokio's threads", TIMES)
        .with("timeout", in_a_worker!(timeout))
        .with("tokio::time::timeout", in_a_worker!(tokio::time::timeout))
}

fn concurrent(places: &'static Places) -> Comparison<'static> {
    macro_rules! side_by_side {
        ($value:ident => $future:expr) => {
            move || {
                let all = (0..TIMES as u64).map(|$value| $future);
                places.timed.block_on(unconstrained(async {
                    let _ = black_box(gather!(..all).await);
                }));
            }
        };
    }
    Comparison::new("timeout/1000_concurrent", TIMES)
        .with(
            "timeout",
            side_by_side!(value => timeout(LIMIT, yields(1, value))),
        )
        .with(
            "tokio::time::timeout",
            side_by_side!(value => tokio::time::timeout(LIMIT, yields(1, value))),
        )
        .with("without", side_by_side!(value => yields(1, value)))
}
