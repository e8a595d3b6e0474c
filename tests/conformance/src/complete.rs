//! Whether the table says of each item how it ended.

use crate::golden::behaviours;
use crate::states::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The table, or a part of it.
pub type States<'a> = BTreeMap<&'a str, &'a Entry>;

/// What is missing: each item has a state, each state what it needs, and there is nothing else.
#[must_use]
pub fn faults(states: &States<'_>, enacted: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for behaviour in behaviours() {
        let id = behaviour.id.as_str();
        let fault = match states.get(id) {
            Some(entry) => fault(id, entry, enacted.contains(id)),
            None => Some("it is in no state".to_owned()),
        };
        faults.extend(fault.map(|fault| format!("{id}: {fault}")));
    }
    let known: BTreeSet<&str> = behaviours().iter().map(|item| item.id.as_str()).collect();
    let unknown = states.keys().filter(|id| !known.contains(**id));
    faults.extend(unknown.map(|id| format!("{id}: there is no such item")));
    faults
}

fn fault(id: &str, entry: &Entry, enacted: bool) -> Option<String> {
    let unmarked = || entry.ui.as_deref().and_then(unmarked);
    let fault = entry.fault(id).or_else(unmarked);
    if fault.is_none() && entry.is_enacted() && !enacted {
        return Some("there is no re-enactment".to_owned());
    }
    fault
}

/// What is wrong with a compile-fail test that an item refers to.
fn unmarked(ui: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    match fs::read_to_string(folder.join(ui)) {
        Err(error) => Some(format!("`{ui}`: {error}")),
        Ok(text) if !text.contains("//~ ERROR") => Some(format!("`{ui}` marks no error")),
        Ok(_) => None,
    }
}
