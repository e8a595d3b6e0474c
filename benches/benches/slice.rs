//! What CI counts: `cargo bench -p asyncio-benches --bench slice`, and with `-- --refresh` the figures in
//! `slice.tsv` are written anew.

use asyncio::{Lock, Queue, Runner, create_task, gather, timeout, wait_first};
use asyncio_benches::driver::Driver;
use asyncio_benches::leaves::{Signal, yields};
use asyncio_benches::{Comparison, drive};
use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

/// How often a short operation is done.
const TIMES: usize = 100;
/// How many tasks or branches there are where there are many.
const MANY: usize = 1000;

fn main() {
    let driver: &Driver = Box::leak(Box::default());
    let runner: &RefCell<_> = Box::leak(Box::new(RefCell::new(Runner::new())));
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let tokio = tokio.expect("a runtime can be made");
    let (lock, queue) = (Lock::new(0_u64), Queue::new(64));
    let signals = Signal::several(8);
    let [a, b, c, d, e, f, g, h] = signals else {
        unreachable!("there are eight");
    };
    let all = vec![
        ours("gather of 3, ready", TIMES, || {
            drive!(
                driver,
                async {
                    for _ in 0..TIMES {
                        black_box(gather!(yields(0, 1), yields(0, 2), yields(0, 3)).await);
                    }
                }
                .await
            );
        }),
        ours("gather of 8, one woken", TIMES, || {
            signals.iter().for_each(Signal::reset);
            let hot = TIMES as u32;
            let mut idle = || match a.sent() {
                sent if sent < hot => a.send(),
                _ => signals[1..].iter().for_each(Signal::send),
            };
            drive!(
                driver,
                gather!(
                    a.wait(hot),
                    b.wait(1),
                    c.wait(1),
                    d.wait(1),
                    e.wait(1),
                    f.wait(1),
                    g.wait(1),
                    h.wait(1)
                )
                .await,
                idle
            );
        }),
        ours("spread of 1000, ready", MANY, || {
            drive!(
                driver,
                gather!(..(0..MANY as u64).map(|value| yields(0, value))).await
            );
        }),
        ours("wait_first of 3, the first ready", TIMES, || {
            drive!(
                driver,
                async {
                    for _ in 0..TIMES {
                        let first = wait_first!(if let value = yields(0, 1) {
                            value
                        } else if let value = yields(9, 2) {
                            value
                        } else if let value = yields(9, 3) {
                            value
                        });
                        black_box(first);
                    }
                }
                .await
            );
        }),
        ours("timeout, ready", TIMES, || {
            tokio.block_on(async {
                for _ in 0..TIMES {
                    let _ = black_box(timeout(Duration::from_secs(1), yields(0, 1)).await);
                }
            });
        }),
        ours("create_task, all and await all", MANY, || {
            runner.borrow_mut().run(async {
                let tasks: Vec<_> = (0..MANY as u64)
                    .map(|value| create_task(yields(0, value)))
                    .collect();
                for task in tasks {
                    let _ = black_box(task.await);
                }
            });
        }),
        ours("create_task and await", MANY, || {
            runner.borrow_mut().run(async {
                for value in 0..MANY as u64 {
                    let _ = black_box(create_task(yields(0, value)).await);
                }
            });
        }),
        ours("lock", TIMES, || {
            drive!(
                driver,
                async {
                    for _ in 0..TIMES {
                        *lock.acquire().await += 1;
                    }
                }
                .await
            );
        }),
        ours("queue, put and get", TIMES, || {
            drive!(
                driver,
                async {
                    for value in 0..TIMES {
                        let _ = queue.put(value).await;
                        let _ = black_box(queue.get().await);
                    }
                }
                .await
            );
        }),
    ];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("slice.tsv");
    asyncio_benches::slice(all, &file);
}

fn ours<'a>(name: &str, operations: usize, run: impl FnMut() + 'a) -> Comparison<'a> {
    Comparison::new(name, operations).with("asyncio", run)
}
