//! Joins of any number of futures.

use crate::Places;
use asyncio::gather;
use asyncio_benches::leaves::{Signal, yields};
use asyncio_benches::{Comparison, drive};
use futures::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use futures_concurrency::future::Join;
use std::cell::Cell;

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let mut all = Vec::new();
    for count in [10, 100, 1000] {
        all.push(yielding(places, count, 0));
        all.push(yielding(places, count, 1));
        all.push(staggered(places, count));
    }
    all
}

/// Those that make a `Vec` of outputs of an iterator of futures, each run by `$run!`. With the bars for
/// `join_all` of futures and of futures-buffered.
macro_rules! spreads {
    ($name:expr, $count:expr, $futures:expr, $run:ident, $bars:expr) => {{
        let (futures, buffered): (Option<f64>, Option<f64>) = $bars;
        let bar = |comparison: Comparison<'static>, bar: Option<f64>| match bar {
            Some(bar) => comparison.at_most(bar),
            None => comparison,
        };
        let all = Comparison::new($name, $count)
            .with("gather!(..)", move || {
                $run!(gather!(..$futures).await);
            })
            .with("futures::join_all", move || {
                $run!(futures::future::join_all($futures).await);
            });
        let all = bar(all, futures).with("futures-buffered", move || {
            $run!(futures_buffered::join_all($futures).await);
        });
        bar(all, buffered)
            .with("FuturesUnordered", move || {
                $run!(
                    $futures
                        .collect::<FuturesUnordered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
            .with("FuturesOrdered", move || {
                $run!(
                    $futures
                        .collect::<FuturesOrdered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
            .with("futures-concurrency", move || {
                $run!($futures.collect::<Vec<_>>().join().await);
            })
            .with("unicycle", move || {
                $run!(
                    $futures
                        .collect::<unicycle::FuturesUnordered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
    }};
}

/// Each wakes itself so many times.
fn yielding(places: &'static Places, count: usize, times: u32) -> Comparison<'static> {
    let futures = move || (0..count as u64).map(move |value| yields(times, value));
    let (work, of_buffered) = match times {
        0 => ("ready", 0.35),
        _ => ("yield1", 0.5),
    };
    macro_rules! run {
        ($awaits:expr) => {
            drive!(places.driver, $awaits)
        };
    }
    let bars = bars(count, of_buffered);
    spreads!(
        format!("spread/{count}/{work}"),
        count,
        futures(),
        run,
        bars
    )
}

/// Each is woken once, in an order of which no contender knows.
fn staggered(places: &'static Places, count: usize) -> Comparison<'static> {
    let signals = Signal::several(count);
    let next: &Cell<usize> = Box::leak(Box::default());
    macro_rules! run {
        ($awaits:expr) => {
            signals.iter().for_each(Signal::reset);
            next.set(0);
            drive!(places.driver, $awaits, || {
                let index = next.replace(next.get() + 1);
                signals[(index * 7919 + 3) % count].send();
            })
        };
    }
    let futures = move || signals.iter().map(|signal| signal.wait(1));
    let bars = bars(count, 0.85);
    spreads!(
        format!("spread/{count}/staggered"),
        count,
        futures(),
        run,
        bars
    )
}

/// A few are compared with what polls all; many with what does not.
fn bars(count: usize, of_buffered: f64) -> (Option<f64>, Option<f64>) {
    match count {
        10 => (Some(1.0), None),
        1000 => (None, Some(of_buffered)),
        _ => (None, None),
    }
}
