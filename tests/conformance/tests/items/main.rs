//! Every item of `python/probes.py`, re-enacted, and compared with what CPython answered.
//!
//! `cargo test -p asyncio-conformance --test items -- b_017` runs one.

mod as_completed;
mod cancellation;
mod gather;
mod locks;
mod queues;
mod runner;
mod scheduling;
mod shield;
mod streams;
mod task_groups;
mod tasks;
mod threads;
mod timeouts;
mod timeouts_of_tasks;
mod wait;
mod wait_for;

use asyncio_conformance::item::Item;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;

fn main() {
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
        as_completed::items(),
        queues::items(),
        locks::items(),
        runner::items(),
        threads::items(),
        streams::items(),
    ];
    let items = items.concat();
    let mut trials: Vec<Trial> = items.iter().copied().map(trial).collect();
    trials.push(Trial::test("states_are_complete", move || complete(&items)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(item: Item) -> Trial {
    Trial::test(item.name, move || item.check().map_err(Failed::from))
}

/// Each item has a state, each state what it needs.
fn complete(items: &[Item]) -> Result<(), Failed> {
    use asyncio_conformance::{golden::behaviours, states::states};
    let enacted: BTreeSet<String> = items.iter().map(Item::id).collect();
    let mut faults = Vec::new();
    if enacted.len() != items.len() {
        faults.push("an item is re-enacted twice".to_owned());
    }
    for behaviour in behaviours() {
        let id = &behaviour.id;
        let Some(entry) = states().get(id) else {
            faults.push(format!("{id}: it is in no state"));
            continue;
        };
        if let Some(fault) = entry.fault(id) {
            faults.push(format!("{id}: {fault}"));
        }
        if entry.is_enacted() && !enacted.contains(id) {
            faults.push(format!("{id}: there is no re-enactment"));
        }
        if let Some(fault) = entry.ui.as_deref().and_then(unmarked) {
            faults.push(format!("{id}: {fault}"));
        }
    }
    let known: BTreeSet<&String> = behaviours().iter().map(|item| &item.id).collect();
    let unknown = states().keys().filter(|id| !known.contains(id));
    faults.extend(unknown.map(|id| format!("{id}: there is no such item")));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failed::from(faults.join("\n"))),
    }
}

/// What is wrong with a compile-fail test that an item refers to.
fn unmarked(ui: &str) -> Option<String> {
    let path = format!("{}/../ui/{ui}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_to_string(&path) {
        Err(error) => Some(format!("`{ui}`: {error}")),
        Ok(text) if !text.contains("//~ ERROR") => Some(format!("`{ui}` marks no error")),
        Ok(_) => None,
    }
}
