//! All there is to compare: `cargo bench -p asyncio-benches`, with words for only those whose names have one
//! of them.

mod channels;
mod contenders;
mod echo;
mod joins;
mod limits;
mod queues;
mod races;
mod spreads;
mod sync;
mod tasks;

use asyncio_benches::driver::Driver;
use tokio::runtime::{Builder, Runtime};

/// Where the contenders run.
#[derive(Debug)]
pub(crate) struct Places {
    /// Without a runtime.
    driver: Driver,
    /// Single-threaded. Without a clock, as a turn of a runtime that has one costs all contenders more.
    tokio: Runtime,
    /// The same with a clock, and sockets.
    timed: Runtime,
    /// Two threads.
    threads: Runtime,
    /// The same with a clock, and sockets.
    timed_threads: Runtime,
}

fn main() {
    let tokio = Builder::new_current_thread().build();
    let timed = Builder::new_current_thread().enable_all().build();
    let mut on_threads = Builder::new_multi_thread();
    let threads = on_threads.worker_threads(2).build();
    let timed_threads = on_threads.enable_all().build();
    let places: &'static Places = Box::leak(Box::new(Places {
        driver: Driver::default(),
        tokio: tokio.expect("a runtime can be made"),
        timed: timed.expect("a runtime can be made"),
        threads: threads.expect("a runtime can be made"),
        timed_threads: timed_threads.expect("a runtime can be made"),
    }));
    let mut all = joins::comparisons(places);
    all.extend(spreads::comparisons(places));
    all.extend(races::comparisons(places));
    all.extend(limits::comparisons(places));
    all.extend(tasks::comparisons(places));
    all.extend(sync::comparisons(places));
    all.extend(queues::comparisons(places));
    all.extend(echo::comparisons(places));
    asyncio_benches::main(all);
}
