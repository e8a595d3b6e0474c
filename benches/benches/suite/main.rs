//! All there is to compare: `cargo bench -p asyncio-benches`, with words for only those whose names have one
//! of them.

mod contenders;
mod joins;
mod limits;
mod races;
mod spreads;
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
    /// The same with a clock.
    timed: Runtime,
}

fn main() {
    let tokio = Builder::new_current_thread().build();
    let timed = Builder::new_current_thread().enable_time().build();
    let places: &'static Places = Box::leak(Box::new(Places {
        driver: Driver::default(),
        tokio: tokio.expect("a runtime can be made"),
        timed: timed.expect("a runtime can be made"),
    }));
    let mut all = joins::comparisons(places);
    all.extend(spreads::comparisons(places));
    all.extend(races::comparisons(places));
    all.extend(limits::comparisons(places));
    all.extend(tasks::comparisons(places));
    asyncio_benches::main(all);
}
