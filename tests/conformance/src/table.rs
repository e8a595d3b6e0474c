//! The table as Markdown.

use crate::golden::{Behaviour, behaviours};
use crate::states::{Entry, State, states};
use std::fmt::Write;

/// How many items ended so.
#[must_use]
pub fn count(state: State) -> usize {
    states()
        .values()
        .filter(|entry| entry.state == state)
        .count()
}

/// The three numbers, in words.
#[must_use]
pub fn summary() -> String {
    let [conforms, deviates, impossible] =
        [State::Conforms, State::Deviates, State::Impossible].map(count);
    format!(
        "Of {} behaviours of CPython's asyncio {conforms} conform, {deviates} deviate on purpose, and \
         {impossible} have no meaning in Rust.",
        behaviours().len()
    )
}

/// All of it.
#[must_use]
pub fn markdown() -> String {
    let mut text = format!(
        "# Conformance\n\n{}\n\nMade by `cargo run -p asyncio-conformance`; what is compared is CPython 3.13, \
         and 3.14 where it says so.\n",
        summary()
    );
    let mut group = "";
    for behaviour in behaviours() {
        if behaviour.group != group {
            group = &behaviour.group;
            let _ = write!(
                text,
                "\n## {group}\n\n| | asyncio | here |\n|---|---|---|\n"
            );
        }
        let here = states().get(&behaviour.id).map_or_else(String::new, here);
        let _ = writeln!(text, "{}", row(behaviour, &here));
    }
    text
}

fn row(behaviour: &Behaviour, here: &str) -> String {
    let cell = behaviour.text.replace('|', "\\|").replace('<', "\\<");
    format!("| {} | {cell} | {here} |", behaviour.id)
}

fn here(entry: &Entry) -> String {
    let mut text = match entry.state {
        State::Conforms => "conforms".to_owned(),
        State::Deviates => "**deviates**".to_owned(),
        State::Impossible => "*impossible*".to_owned(),
        State::Open => "open".to_owned(),
    };
    if let Some(reason) = &entry.reason {
        let _ = write!(text, ": {}", reason.replace('|', "\\|").replace('<', "\\<"));
    }
    if let Some(with) = &entry.with {
        let _ = write!(text, ", with {with}");
    }
    if entry.golden != "3.13" {
        let _ = write!(text, " (CPython {})", entry.golden);
    }
    if let Some(ui) = &entry.ui {
        let _ = write!(text, ", the compiler prevents it: [`{ui}`](../ui/{ui})");
    }
    if let Some(because) = &entry.unordered_because {
        let _ = write!(text, " (compared without an order: {because})");
    }
    text
}
