//! Joins of any number of futures.

use crate::Places;
use crate::channels::{WAKE_UPS, call, drain, fed, served};
use asyncio::gather;
use asyncio_benches::leaves::{Signal, yields};
use asyncio_benches::{Comparison, drive};
use futures::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use futures_concurrency::future::Join;
use std::cell::Cell;
use std::hint::black_box;

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let mut all = Vec::new();
    for count in [10, 100, 1000] {
        all.push(yielding(places, count, 0));
        all.push(yielding(places, count, 1));
        all.push(staggered(places, count));
    }
    all.push(one_hot_channel(places));
    all.push(oneshots(places));
    all
}

/// Those that make a `Vec` of outputs of an iterator of futures, each run by `$run!`, which gets a name for what makes the
/// iterator, and what to await. With the bars for `join_all` of futures and of futures-buffered.
macro_rules! spreads {
    ($name:expr, $operations:expr, $run:ident, $bars:expr) => {{
        let (futures, buffered): Bars = $bars;
        let bar = |comparison: Comparison<'static>, bar: Option<f64>| match bar {
            Some(bar) => comparison.at_most(bar),
            None => comparison,
        };
        let all = Comparison::new($name, $operations)
            .with("gather!(..)", move || {
                $run!(all, gather!(..all()).await);
            })
            .with("futures::join_all", move || {
                $run!(all, futures::future::join_all(all()).await);
            });
        let all = bar(all, futures).with("futures-buffered", move || {
            $run!(all, futures_buffered::join_all(all()).await);
        });
        bar(all, buffered)
            .with("FuturesUnordered", move || {
                $run!(
                    all,
                    all()
                        .collect::<FuturesUnordered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
            .with("FuturesOrdered", move || {
                $run!(
                    all,
                    all()
                        .collect::<FuturesOrdered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
            .with("futures-concurrency", move || {
                $run!(all, all().collect::<Vec<_>>().join().await);
            })
            .with("unicycle", move || {
                $run!(
                    all,
                    all()
                        .collect::<unicycle::FuturesUnordered<_>>()
                        .collect::<Vec<_>>()
                        .await
                );
            })
    }};
}

/// Each wakes itself so many times.
fn yielding(places: &'static Places, count: usize, times: u32) -> Comparison<'static> {
    let (work, of_buffered) = match times {
        0 => ("ready", 0.35),
        _ => ("yield1", 0.5),
    };
    macro_rules! run {
        ($all:ident, $awaits:expr) => {
            let $all = move || (0..count as u64).map(move |value| yields(times, value));
            drive!(places.driver, $awaits)
        };
    }
    let bars = bars(count, of_buffered);
    spreads!(format!("spread/{count}/{work}"), count, run, bars)
}

/// Each is woken once, in an order of which no contender knows.
fn staggered(places: &'static Places, count: usize) -> Comparison<'static> {
    let signals = Signal::several(count);
    let next: &Cell<usize> = Box::leak(Box::default());
    macro_rules! run {
        ($all:ident, $awaits:expr) => {
            signals.iter().for_each(Signal::reset);
            next.set(0);
            let $all = move || signals.iter().map(|signal| signal.wait(1));
            drive!(places.driver, $awaits, || {
                let index = next.replace(next.get() + 1);
                signals[(index * 7919 + 3) % count].send();
            })
        };
    }
    let bars = bars(count, 0.85);
    spreads!(format!("spread/{count}/staggered"), count, run, bars)
}

/// How many there are of what really waits.
const FEW: usize = 10;

/// The last of a few channels on Tokio is woken again and again.
fn one_hot_channel(places: &'static Places) -> Comparison<'static> {
    macro_rules! run {
        ($all:ident, $awaits:expr) => {
            places.tokio.block_on(async {
                let (receivers, feeding) = fed::<FEW>();
                let $all = move || receivers.into_iter().map(drain);
                black_box($awaits);
                feeding.await.expect("it does not panic");
            })
        };
    }
    spreads!(format!("spread/{FEW}/onehot_mpsc"), WAKE_UPS, run, FEW_BARS)
}

/// A few calls that a task on Tokio answers one after the other.
fn oneshots(places: &'static Places) -> Comparison<'static> {
    macro_rules! run {
        ($all:ident, $awaits:expr) => {
            // In a task, as for joins.
            let calling = async {
                let (receivers, serving) = served::<FEW>();
                let $all = move || receivers.into_iter().map(call);
                black_box($awaits);
                serving.await.expect("it does not panic");
            };
            let calling = async { tokio::spawn(calling).await.expect("it does not panic") };
            places.tokio.block_on(calling)
        };
    }
    spreads!(format!("spread/{FEW}/rpc_oneshot"), FEW, run, FEW_BARS)
}

/// The most that ours may take of what `join_all` of futures and of futures-buffered take.
type Bars = (Option<f64>, Option<f64>);

/// A few are compared with what polls all.
const FEW_BARS: Bars = (Some(1.0), None);

/// Many are compared with what does not.
fn bars(count: usize, of_buffered: f64) -> Bars {
    match count {
        10 => FEW_BARS,
        1000 => (None, Some(of_buffered)),
        _ => (None, None),
    }
}
