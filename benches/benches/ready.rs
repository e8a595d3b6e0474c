//! What it costs when everything is ready at once.

use asyncio::{gather, timeout, wait_first};
use asyncio_benches::driver::{Driver, yields};
use asyncio_benches::{Comparison, drive};
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::Future;
use std::time::Duration;

/// Ready at the first poll, which the optimizer cannot know.
fn now(value: u64) -> impl Future<Output = u64> {
    yields(0, value)
}

macro_rules! joins {
    ($driver:ident, $name:literal, $($value:literal)*) => {
        Comparison::new(concat!("gather of ", $name, ", ready"), 1)
            .with("tokio::join!", || {
                drive!($driver, tokio::join!($(now($value)),*));
            })
            .with("tokio::join! biased", || {
                drive!($driver, tokio::join!(biased; $(now($value)),*));
            })
            .with("futures::join!", || {
                drive!($driver, futures::join!($(now($value)),*));
            })
            .with("gather!", || {
                drive!($driver, gather!($(now($value)),*).await);
            })
    };
}

fn race(driver: &Driver) -> Comparison<'_> {
    Comparison::new("race of 3, the first ready", 1)
        .with("tokio::select!", || {
            drive!(driver, {
                tokio::select! {
                    value = now(1) => value,
                    value = yields(9, 2) => value + 1,
                    value = yields(9, 3) => value + 2,
                }
            });
        })
        .with("tokio::select! biased", || {
            drive!(driver, {
                tokio::select! {
                    biased;
                    value = now(1) => value,
                    value = yields(9, 2) => value + 1,
                    value = yields(9, 3) => value + 2,
                }
            });
        })
        .with("wait_first!", || {
            drive!(driver, {
                wait_first!(if let value = now(1) {
                    value
                } else if let value = yields(9, 2) {
                    value + 1
                } else if let value = yields(9, 3) {
                    value + 2
                })
            });
        })
}

fn limits(driver: &Driver) -> Comparison<'_> {
    const LIMIT: Duration = Duration::from_secs(10);
    Comparison::new("time-out around a ready future", 1)
        .with("tokio::time::timeout", || {
            drive!(driver, tokio::time::timeout(LIMIT, now(1)).await);
        })
        .with("asyncio::timeout", || {
            drive!(driver, timeout(LIMIT, now(1)).await);
        })
}

fn spread<'a>(driver: &'a Driver, count: u64, times: u32, name: &str) -> Comparison<'a> {
    let futures = move || (0..count).map(move |value| yields(times, value));
    Comparison::new(format!("spread of {count}, {name}"), count as usize)
        .with("futures::join_all", move || {
            drive!(driver, join_all(futures()).await);
        })
        .with("FuturesUnordered", move || {
            drive!(driver, {
                let all = futures().collect::<FuturesUnordered<_>>();
                all.collect::<Vec<_>>().await
            });
        })
        .with("gather!(..)", move || {
            drive!(driver, gather!(..futures()).await);
        })
}

fn main() {
    // `timeout` needs a clock.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime can be made");
    let _entered = runtime.enter();
    let driver = &Driver::default();
    asyncio_benches::main(vec![
        joins!(driver, "2", 1 2),
        joins!(driver, "3", 1 2 3),
        joins!(driver, "8", 1 2 3 4 5 6 7 8),
        joins!(driver, "32", 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
            28 29 30 31 32),
        race(driver),
        limits(driver),
        spread(driver, 10, 0, "ready"),
        spread(driver, 1000, 0, "ready"),
        spread(driver, 10, 1, "one yield each"),
        spread(driver, 1000, 1, "one yield each"),
    ]);
}
