//! What a task costs: made, awaited, done. `ASYNCIO_INTROSPECT=1` has introspection on.

use asyncio::{Runner, create_task, scope};
use asyncio_benches::Comparison;
use std::cell::RefCell;
use std::hint::black_box;

const TASKS: usize = 1000;

fn main() {
    let runner = &RefCell::new(Runner::new());
    let tokio = &tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
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
    asyncio_benches::main(vec![
        Comparison::new("spawn and await", TASKS)
            .with("tokio::spawn", move || {
                tokio.block_on(async {
                    for value in 0..TASKS {
                        let task = tokio::spawn(async move { black_box(value) });
                        black_box(task.await.expect("nobody aborts it"));
                    }
                });
            })
            .with("create_task", on_our_loop)
            .with("create_task on Tokio", on_tokio),
        Comparison::new("what a scope adds to a task", TASKS)
            .with("without", move || {
                tokio.block_on(async {
                    for value in 0..TASKS {
                        let task = tokio::spawn(async move { black_box(value) });
                        black_box(task.await.expect("nobody aborts it"));
                    }
                });
            })
            .with("with", move || {
                tokio.block_on(async {
                    for value in 0..TASKS {
                        let task = tokio::spawn(scope(async move { black_box(value) }));
                        black_box(task.await.expect("nobody aborts it"));
                    }
                });
            }),
    ]);
}
