//! Races.

use crate::Places;
use crate::tasks::runner;
use asyncio::{Task, create_task, wait_first};
use asyncio_benches::leaves::{Signal, yields};
use asyncio_benches::{Comparison, drive};
use futures::FutureExt;
use std::future::pending;
use std::hint::black_box;
use std::pin::pin;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};

const ROUNDS: usize = 1000;

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let mut all = Vec::new();
    ready_first(places, &mut all);
    one_hot(places, &mut all);
    all.push(one_hot_channel(places));
    all.push(tasks(places));
    all.push(tasks_on_our_loop(places));
    all
}

/// `futures_lite::future::or` takes two at a time.
macro_rules! or {
    ($last:expr) => { $last };
    ($first:expr, $($rest:expr),+) => { futures_lite::future::or($first, or!($($rest),+)) };
}

/// Races of `$first` and futures that lose, run by `$run!`.
macro_rules! races {
    ($name:expr, $operations:expr, $run:ident, $bar:expr, $first:expr, $($loser:expr),*) => {{
        let bar: Option<f64> = $bar;
        let all = Comparison::new($name, $operations)
            .with("wait_first!", move || {
                $run!(wait_first!(
                    if let value = $first { value } $(else if let value = $loser { value })*
                ));
            })
            .with("tokio::select!", move || {
                $run!(tokio::select! { value = $first => value, $(value = $loser => value,)* });
            });
        let all = match bar {
            None => all,
            Some(part) => all.at_most(part),
        };
        all.with("tokio::select! biased", move || {
            $run!(tokio::select! { biased; value = $first => value, $(value = $loser => value,)* });
        })
        .with("futures::select!", move || {
            $run!(futures::select! {
                value = $first.fuse() => value, $(value = $loser.fuse() => value,)*
            });
        })
        .with("futures-concurrency", move || {
            $run!(futures_concurrency::future::Race::race(($first, $($loser),*)).await);
        })
        .with("futures-lite", move || {
            $run!(or!($first, $($loser),*).await);
        })
    }};
}

/// The first is ready; the others never are.
fn ready_first(places: &'static Places, all: &mut Vec<Comparison<'static>>) {
    let signals = Signal::several(8);
    macro_rules! run {
        ($awaits:expr) => {
            drive!(places.driver, $awaits)
        };
    }
    macro_rules! compare {
        ($count:literal, $bar:expr, $($i:tt)*) => {
            let name = concat!("race/", $count, "/ready_first");
            all.push(races!(name, 1, run, $bar, yields(0, 7), $(signals[$i].wait(1)),*));
        };
    }
    compare!(2, None, 1);
    compare!(3, Some(0.8), 1 2);
    compare!(8, None, 1 2 3 4 5 6 7);
}

/// Again and again, the first is woken.
fn one_hot(places: &'static Places, all: &mut Vec<Comparison<'static>>) {
    let signals = Signal::several(8);
    macro_rules! compare {
        ($count:literal, $($i:tt)*) => {
            macro_rules! run {
                ($awaits:expr) => {
                    signals.iter().for_each(Signal::reset);
                    let rounds = async {
                        for _ in 0..ROUNDS {
                            black_box($awaits);
                        }
                    };
                    drive!(places.driver, rounds.await, || signals[0].send());
                };
            }
            let name = concat!("race/", $count, "/loop_onehot");
            let first = || signals[0].wait(signals[0].sent() + 1);
            all.push(races!(name, ROUNDS, run, None, first(), $(signals[$i].wait(1)),*));
        };
    }
    compare!(2, 1);
    compare!(8, 1 2 3 4 5 6 7);
}

/// The same of eight channels on Tokio, where losers live on.
fn one_hot_channel(places: &'static Places) -> Comparison<'static> {
    macro_rules! run {
        ($name:ident => $awaits:expr) => {
            places.tokio.block_on(async {
                let (senders, mut receivers): (Vec<_>, Vec<_>) =
                    (0..8).map(|_| mpsc::channel::<u32>(4)).unzip();
                let feeding = tokio::spawn(async move {
                    for value in 0..ROUNDS as u32 {
                        senders[0].try_send(value).expect("it was received");
                        yield_now().await;
                    }
                });
                let [hot, b, c, d, e, f, g, h] = &mut receivers[..] else {
                    unreachable!("there are eight")
                };
                let (mut b, mut c, mut d) = (pin!(b.recv()), pin!(c.recv()), pin!(d.recv()));
                let (mut e, mut f) = (pin!(e.recv()), pin!(f.recv()));
                let (mut g, mut h) = (pin!(g.recv()), pin!(h.recv()));
                for _ in 0..ROUNDS {
                    let $name = (
                        &mut *hot,
                        b.as_mut(),
                        c.as_mut(),
                        d.as_mut(),
                        e.as_mut(),
                        f.as_mut(),
                        g.as_mut(),
                        h.as_mut(),
                    );
                    black_box($awaits);
                }
                feeding.await.expect("it does not panic");
            })
        };
    }
    Comparison::new("race/8/loop_onehot_mpsc", ROUNDS)
        .with("wait_first!", move || {
            run!(all => wait_first!(
                if let value = all.0.recv() { value }
                else if let value = all.1 { value }
                else if let value = all.2 { value }
                else if let value = all.3 { value }
                else if let value = all.4 { value }
                else if let value = all.5 { value }
                else if let value = all.6 { value }
                else if let value = all.7 { value }
            ));
        })
        .with("tokio::select!", move || {
            run!(all => tokio::select! {
                value = all.0.recv() => value,
                value = all.1 => value,
                value = all.2 => value,
                value = all.3 => value,
                value = all.4 => value,
                value = all.5 => value,
                value = all.6 => value,
                value = all.7 => value,
            });
        })
        .with("tokio::select! biased", move || {
            run!(all => tokio::select! {
                biased;
                value = all.0.recv() => value,
                value = all.1 => value,
                value = all.2 => value,
                value = all.3 => value,
                value = all.4 => value,
                value = all.5 => value,
                value = all.6 => value,
                value = all.7 => value,
            });
        })
}

/// Eight tasks of which one is done in each round, and another one takes its place.
macro_rules! rounds {
    ($task:ty, $spawn:path, $tasks:ident => $awaits:expr) => {
        async {
            let mut $tasks: [$task; 8] = std::array::from_fn(|_| $spawn(pending::<u64>()));
            for value in 0..ROUNDS as u64 {
                $tasks[0] = $spawn(async move { value });
                let _ = black_box($awaits);
            }
        }
    };
}

macro_rules! our_rounds {
    () => {
        rounds!(Task<u64>, create_task, tasks => {
            let [a, b, c, d, e, f, g, h] = &mut tasks;
            wait_first!(a, b, c, d, e, f, g, h).await.0
        })
    };
}

macro_rules! tokios_rounds {
    () => {
        rounds!(JoinHandle<u64>, tokio::spawn, tasks => {
            let [a, b, c, d, e, f, g, h] = &mut tasks;
            tokio::select! {
                value = a => value,
                value = b => value,
                value = c => value,
                value = d => value,
                value = e => value,
                value = f => value,
                value = g => value,
                value = h => value,
            }
        })
    };
}

fn tasks(places: &'static Places) -> Comparison<'static> {
    Comparison::new("race/8/loop_tasks", ROUNDS)
        .with("wait_first!", move || places.tokio.block_on(our_rounds!()))
        .with("tokio::select!", move || {
            places.tokio.block_on(tokios_rounds!());
        })
        .at_most(0.5)
}

/// The same; ours on our own loop.
fn tasks_on_our_loop(places: &'static Places) -> Comparison<'static> {
    let runner = runner();
    Comparison::new("race/8/loop_tasks_on_our_loop", ROUNDS)
        .with("wait_first!", move || {
            runner.borrow_mut().run(our_rounds!());
        })
        .with("tokio::select! on Tokio", move || {
            places.tokio.block_on(tokios_rounds!());
        })
        .at_most(0.5)
}
