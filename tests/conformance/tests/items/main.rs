//! Every item of `python/probes.py`, re-enacted, and compared with what CPython answered.
//!
//! `cargo test -p asyncio-conformance --test items -- b_017` runs one.

mod as_completed;
mod cancellation;
mod gather;
mod honesty;
mod interrupts;
mod locks;
mod nested_groups;
mod queue_shutdown;
mod queues;
mod runner;
mod scheduling;
mod semaphores;
mod servers;
mod shield;
mod streams;
mod subprocess;
mod task_groups;
mod tasks;
mod threads;
mod timeouts;
mod timeouts_of_tasks;
mod wait;
mod wait_for;

use asyncio_conformance::child;
use asyncio_conformance::item::Item;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    if let Some(case) = child::case() {
        return interrupts::child(&case);
    }
    let items = [
        scheduling::items(),
        tasks::items(),
        cancellation::items(),
        gather::items(),
        wait::items(),
        wait_for::items(),
        timeouts::items(),
        timeouts_of_tasks::items(),
        shield::items(),
        task_groups::items(),
        nested_groups::items(),
        as_completed::items(),
        queues::items(),
        queue_shutdown::items(),
        locks::items(),
        semaphores::items(),
        runner::items(),
        interrupts::items(),
        threads::items(),
        streams::items(),
        servers::items(),
        subprocess::items(),
    ];
    let items = items.concat();
    let mut trials: Vec<Trial> = items.iter().copied().map(trial).collect();
    trials.extend(honesty::trials(items));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(item: Item) -> Trial {
    Trial::test(item.name, move || item.check().map_err(Failed::from))
}
