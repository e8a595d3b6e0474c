//! Joins of a fixed number of futures.

use crate::Places;
use crate::channels::{WAKE_UPS, call, drain, fed, served};
use crate::contenders::{JoinBars, joins, numbered, zip};
use asyncio::gather;
use asyncio_benches::leaves::{Signal, Wait, yields};
use asyncio_benches::{Comparison, drive};
use std::cell::Cell;
use std::hint::black_box;

type Comparisons = Vec<Comparison<'static>>;

pub(crate) fn comparisons(places: &'static Places) -> Comparisons {
    let mut all = Vec::new();
    ready(places, &mut all);
    ready_of_every_width(places, &mut all);
    yielding(places, &mut all);
    one_hot(places, &mut all);
    one_hot_channel(places, &mut all);
    staggered(places, &mut all);
    oneshots(places, &mut all);
    all
}

const NO_BARS: JoinBars = JoinBars {
    tokio: None,
    concurrency: None,
};
/// Where there are two that really wait.
const TWO: JoinBars = JoinBars {
    tokio: Some((0.98, 0.98)),
    concurrency: None,
};

/// All are ready at once.
fn ready(places: &'static Places, all: &mut Comparisons) {
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            yields(0, $i)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            drive!(places.driver, $awaits)
        };
    }
    macro_rules! compare {
        ($($count:tt)*) => {
            $( all.push(numbered!($count, joins!("ready", 1, leaf, run, READY))); )*
        };
    }
    compare!(2 3 4 8 32);
}

const READY: JoinBars = JoinBars {
    tokio: Some((0.9, 1.0)),
    concurrency: None,
};

/// The same for all other numbers, with two contenders.
fn ready_of_every_width(places: &'static Places, all: &mut Comparisons) {
    macro_rules! compare {
        ([$($done:tt)*]) => {};
        ([$($done:tt)*] * $next:tt $($rest:tt)*) => { compare!([$($done)* $next] $($rest)*); };
        ([$($done:tt)*] $next:tt $($rest:tt)*) => {
            let joins = Comparison::new(format!("join/{}/ready", $next + 1), 1)
                .with("gather!", || {
                    drive!(places.driver, gather!($(yields(0, $done),)* yields(0, $next)).await);
                })
                .with("tokio::join!", || {
                    drive!(places.driver, tokio::join!($(yields(0, $done),)* yields(0, $next)));
                });
            all.push(joins.at_most_in_instructions(0.9).at_most_in_time(1.0));
            compare!([$($done)* $next] $($rest)*);
        };
    }
    // Those with a star are above.
    compare!([] *0 *1 *2 *3 4 5 6 *7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30);
}

/// Each wakes itself ten times.
fn yielding(places: &'static Places, all: &mut Comparisons) {
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            yields(10, $i)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            drive!(places.driver, $awaits)
        };
    }
    macro_rules! compare {
        ($($count:tt)*) => {
            $( all.push(numbered!($count, joins!("yield10", 1, leaf, run, NO_BARS))); )*
        };
    }
    compare!(2 3 4 8 32);
}

/// Signals for a join of no matter how many.
struct Traffic {
    signals: &'static [Signal],
    /// How many of them are in use.
    count: Cell<usize>,
}

impl Traffic {
    fn new() -> &'static Self {
        Box::leak(Box::new(Traffic {
            signals: Signal::several(32),
            count: Cell::new(0),
        }))
    }

    /// Begins anew, with so many of the signals.
    fn reset(&self, count: usize) -> &'static [Signal] {
        let signals = &self.signals[..count];
        signals.iter().for_each(Signal::reset);
        self.count.set(count);
        signals
    }

    /// Until the signal is sent; the last, until it has been sent many times.
    #[inline]
    fn many_of_last(&self, index: usize) -> Wait<'static> {
        let last = index + 1 == self.count.get();
        self.signals[index].wait(if last { WAKE_UPS as u32 } else { 1 })
    }
}

/// How many names there are.
macro_rules! count {
    ($($a:ident)*) => { [$(stringify!($a)),*].len() };
}

/// The last is woken again and again.
fn one_hot(places: &'static Places, all: &mut Comparisons) {
    let traffic = Traffic::new();
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            traffic.many_of_last($i)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            let signals = traffic.reset(count!($($a)*));
            let (last, others) = signals.split_last().expect("there are some");
            drive!(places.driver, $awaits, || {
                last.send();
                if last.sent() == WAKE_UPS as u32 {
                    others.iter().for_each(Signal::send);
                }
            })
        };
    }
    macro_rules! compare {
        ($($count:tt)*) => {
            $( all.push(numbered!($count, joins!("onehot", WAKE_UPS, leaf, run, NO_BARS))); )*
        };
    }
    compare!(2 3 4 8 32);
}

/// As [`one_hot`], with channels on Tokio. And what a wake-up costs more where many wait.
fn one_hot_channel(places: &'static Places, all: &mut Comparisons) {
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            drain($a)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            places.tokio.block_on(async {
                let ([$($a),*], feeding) = fed();
                black_box($awaits);
                feeding.await.expect("it does not panic");
            })
        };
    }
    macro_rules! compare {
        ($($count:tt: $bars:expr;)*) => {
            $( all.push(numbered!($count, joins!("onehot_mpsc", WAKE_UPS, leaf, run, $bars))); )*
        };
    }
    compare! {
        2: TWO;
        3: NO_BARS;
        4: NO_BARS;
        8: NO_BARS;
        32: JoinBars { tokio: Some((0.2, 0.2)), concurrency: Some(0.8) };
    }
    macro_rules! gathers {
        ((), $count:tt, $($i:tt $a:ident),*) => {
            move || { run!([$($a)*], gather!($(leaf!($i $a)),*).await); }
        };
    }
    all.push(
        Comparison::new("join/2 to 32/onehot_mpsc", WAKE_UPS)
            .with("gather! of 32", numbered!(32, gathers!(())))
            .with("gather! of 2", numbered!(2, gathers!(())))
            .at_most(1.15)
            .with("the hot one alone", || {
                run!([a], drain(a).await);
            }),
    );
}

/// They are woken one after the other.
fn staggered(places: &'static Places, all: &mut Comparisons) {
    let traffic = Traffic::new();
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            traffic.signals[$i].wait(1)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            let mut left = traffic.reset(count!($($a)*)).iter();
            drive!(places.driver, $awaits, || left.next().into_iter().for_each(Signal::send))
        };
    }
    macro_rules! compare {
        ($($count:tt)*) => {
            $( all.push(numbered!($count, joins!("staggered", 1, leaf, run, NO_BARS))); )*
        };
    }
    compare!(2 3 4 8 32);
}

/// Calls that a task on Tokio answers one after the other.
fn oneshots(places: &'static Places, all: &mut Comparisons) {
    macro_rules! leaf {
        ($i:tt $a:ident) => {
            call($a)
        };
    }
    macro_rules! run {
        ([$($a:ident)*], $awaits:expr) => {
            // In a task, as the main future of a runtime has it looks for I/O at each wake-up.
            let calling = async {
                let ([$($a),*], serving) = served();
                black_box($awaits);
                serving.await.expect("it does not panic");
            };
            let calling = async { tokio::spawn(calling).await.expect("it does not panic") };
            places.tokio.block_on(calling)
        };
    }
    macro_rules! compare {
        ($($count:tt: $bars:expr;)*) => {
            $( all.push(numbered!($count, joins!("rpc_oneshot", 1, leaf, run, $bars))); )*
        };
    }
    compare! {
        2: TWO;
        3: NO_BARS;
        4: NO_BARS;
        8: NO_BARS;
        32: NO_BARS;
    }
}
