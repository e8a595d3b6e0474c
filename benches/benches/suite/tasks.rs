//! What a task costs: made, awaited, done. `ASYNCIO_INTROSPECT=1` has introspection on.

use crate::Places;
use asyncio::{Runner, create_task, scope};
use asyncio_benches::Comparison;
use std::cell::RefCell;
use std::hint::black_box;

const TASKS: usize = 1000;

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let runner: &RefCell<_> = Box::leak(Box::new(RefCell::new(Runner::new())));
    let tokio = &places.tokio;
    let on_our_loop = move || {
        runner.borrow_mut().run(async {
            for value in 0..TASKS {
                let task = create_task(async move { black_box(value) });
                black_box(task.await.expect("nobody cancels it"));
            }
        });
    };
    let on_tokio = move || {
        tokio.block_on(async {
            for value in 0..TASKS {
                let task = create_task(async move { black_box(value) });
                black_box(task.await.expect("nobody cancels it"));
            }
        });
    };
    let on_tokio_itself = move || {
        tokio.block_on(async {
            for value in 0..TASKS {
                let task = tokio::spawn(async move { black_box(value) });
                black_box(task.await.expect("nobody aborts it"));
            }
        });
    };
    vec![
        Comparison::new("spawn/one_by_one", TASKS)
            .with("create_task", on_our_loop)
            .with("tokio::spawn", on_tokio_itself),
        Comparison::new("spawn/one_by_one on Tokio", TASKS)
            .with("create_task", on_tokio)
            .with("tokio::spawn", on_tokio_itself)
            .at_most(1.1),
        Comparison::new("spawn/what a scope adds", TASKS)
            .with("with", move || {
                tokio.block_on(async {
                    for value in 0..TASKS {
                        let task = tokio::spawn(scope(async move { black_box(value) }));
                        black_box(task.await.expect("nobody aborts it"));
                    }
                });
            })
            .with("without", on_tokio_itself),
    ]
}
