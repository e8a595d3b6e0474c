//! What a task costs: made, awaited, switched to. `ASYNCIO_INTROSPECT=1` has introspection on.

use crate::Places;
use async_executor::LocalExecutor;
use asyncio::{Runner, create_task, scope};
use asyncio_benches::Comparison;
use asyncio_benches::leaves::yields;
use futures_lite::future::block_on;
use std::cell::RefCell;
use std::hint::black_box;

const TASKS: usize = 1000;

/// For switches: so few that they are at hand, and often enough that it is not the tasks that are measured.
const SWITCHED: usize = 100;
const SWITCHES: usize = 50;

/// Makes all, then awaits all.
macro_rules! all {
    ($spawn:expr, $tasks:expr, $work:expr) => {{
        let tasks: Vec<_> = (0..$tasks).map(|value| $spawn($work(value))).collect();
        for task in tasks {
            let _ = black_box(task.await);
        }
    }};
}

/// Makes and awaits one after the other.
macro_rules! one_by_one {
    ($spawn:expr, $tasks:expr, $work:expr) => {
        for value in 0..$tasks {
            let _ = black_box($spawn($work(value)).await);
        }
    };
}

/// A runner for each caller: the loop of asyncio.
pub(crate) fn runner() -> &'static RefCell<Runner> {
    Box::leak(Box::new(RefCell::new(Runner::new())))
}

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let tokio = &places.tokio;
    macro_rules! compare {
        ($name:literal, $how:ident, $tasks:expr, $operations:expr, $work:expr, $tokio:expr, $smol:expr) => {{
            let (runner, smol) = (runner(), LocalExecutor::new());
            let comparison = Comparison::new(concat!("spawn/", $name), $operations)
                .with("create_task", move || {
                    let mut runner = runner.borrow_mut();
                    runner.run(async { $how!(create_task, $tasks, $work) });
                })
                .with("tokio::spawn", move || {
                    tokio.block_on(async { $how!(tokio::spawn, $tasks, $work) });
                })
                .at_most($tokio)
                .with("async-executor", move || {
                    block_on(smol.run(async { $how!(|work| smol.spawn(work), $tasks, $work) }));
                });
            match $smol {
                Some(bar) => comparison.at_most(bar),
                None => comparison,
            }
        }};
    }
    let trivial = |value| async move { black_box(value) };
    let switching = |value: usize| yields(SWITCHES as u32, value as u64);
    let switches = SWITCHED * SWITCHES;
    let mut all = vec![
        compare!("all", all, TASKS, TASKS, trivial, 0.15, Some(0.25)),
        compare!(
            "one_by_one",
            one_by_one,
            TASKS,
            TASKS,
            trivial,
            0.15,
            Some(0.25)
        ),
        compare!("switch", all, SWITCHED, switches, switching, 0.3, None),
    ];
    all.push(yielding(places));
    all.extend(on_tokio(places));
    all
}

/// As `spawn/switch`, but each runtime's tasks yield by the means that it has for that.
fn yielding(places: &'static Places) -> Comparison<'static> {
    macro_rules! turns {
        ($turn:expr) => {
            |value: usize| async move {
                for _ in 0..SWITCHES {
                    $turn.await;
                }
                value
            }
        };
    }
    let (runner, smol, tokio) = (runner(), LocalExecutor::new(), &places.tokio);
    Comparison::new("spawn/yield", SWITCHED * SWITCHES)
        .with("create_task, sleep(0)", move || {
            let turns = turns!(asyncio::sleep(0));
            let mut runner = runner.borrow_mut();
            runner.run(async { all!(create_task, SWITCHED, turns) });
        })
        .with("tokio::spawn, yield_now", move || {
            let turns = turns!(tokio::task::yield_now());
            tokio.block_on(async { all!(tokio::spawn, SWITCHED, turns) });
        })
        .at_most(0.3)
        .with("async-executor, futures-lite's yield_now", move || {
            let turns = turns!(futures_lite::future::yield_now());
            block_on(smol.run(async { all!(|work| smol.spawn(work), SWITCHED, turns) }));
        })
}

/// On Tokio's runtimes, which run them underneath.
fn on_tokio(places: &'static Places) -> Vec<Comparison<'static>> {
    let (tokio, threads) = (&places.tokio, &places.threads);
    let trivial = |value| async move { black_box(value) };
    macro_rules! in_a_worker {
        ($how:ident, $spawn:expr) => {
            move || {
                let whole = threads.spawn(async move { $how!($spawn, TASKS, trivial) });
                threads.block_on(whole).expect("it does not panic");
            }
        };
    }
    vec![
        Comparison::new("spawn/all on Tokio", TASKS)
            .with("create_task", move || {
                tokio.block_on(async { all!(create_task, TASKS, trivial) });
            })
            .with("tokio::spawn", move || {
                tokio.block_on(async { all!(tokio::spawn, TASKS, trivial) });
            })
            .at_most(1.1),
        Comparison::new("spawn/one_by_one on Tokio", TASKS)
            .with("create_task", move || {
                tokio.block_on(async { one_by_one!(create_task, TASKS, trivial) });
            })
            .with("tokio::spawn", move || {
                tokio.block_on(async { one_by_one!(tokio::spawn, TASKS, trivial) });
            })
            .at_most(1.1),
        // Callgrind counts one thread.
        Comparison::new("spawn/all on Tokio's threads", TASKS)
            .with("create_task", in_a_worker!(all, create_task))
            .with("tokio::spawn", in_a_worker!(all, tokio::spawn))
            .at_most_in_time(1.1),
        Comparison::new("spawn/one_by_one on Tokio's threads", TASKS)
            .with("create_task", in_a_worker!(one_by_one, create_task))
            .with("tokio::spawn", in_a_worker!(one_by_one, tokio::spawn))
            .at_most_in_time(1.1),
        Comparison::new("spawn/what a scope adds", TASKS)
            .with("with", move || {
                let spawn = |work| tokio::spawn(scope(work));
                tokio.block_on(async { one_by_one!(spawn, TASKS, trivial) });
            })
            .with("without", move || {
                tokio.block_on(async { one_by_one!(tokio::spawn, TASKS, trivial) });
            })
            .at_most(1.05),
    ]
}
