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

const INTRODUCTION: &str = "\
Each is re-enacted by the test of the same number in `tests/conformance`, on the virtual clock where it needs no
sockets, processes or threads, and compared with what CPython 3.13 answered to the same probe, or 3.14 or 3.15
where the table says so.

* *conforms*: the same comes out, or a compile-fail test shows that what CPython raises for does not compile;
  *with*: what has to be written for that, where it is not what one would write first.
* *deviates*: something else comes out, for the reason given.
* *impossible*: it has no meaning in Rust.

This page is made by `cargo run -p asyncio-conformance -- --write`; a test sees to it that it is current.
";

/// All of it.
#[must_use]
pub fn markdown() -> String {
    let mut text = format!("# Conformance\n\n{}\n\n{INTRODUCTION}", summary());
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
    let cell = escaped(&behaviour.text);
    format!("| {} | {cell} | {here} |", behaviour.id)
}

/// As the text of a cell; what is in backticks stays code.
fn escaped(text: &str) -> String {
    let mut in_code = true;
    let parts = text.split('`').map(|part| {
        in_code = !in_code;
        let part = part.replace('|', "\\|");
        if in_code {
            return format!("`{part}`");
        }
        let marks = ['<', '*', '_', '[', ']'];
        marks
            .iter()
            .fold(part, |part, mark| part.replace(*mark, &format!("\\{mark}")))
    });
    parts.collect()
}

fn here(entry: &Entry) -> String {
    let mut text = match entry.state {
        State::Conforms => "conforms".to_owned(),
        State::Deviates => "**deviates**".to_owned(),
        State::Impossible => "*impossible*".to_owned(),
    };
    if let Some(reason) = &entry.reason {
        let _ = write!(text, ": {}", escaped(reason));
    }
    if let Some(with) = &entry.with {
        let _ = write!(text, ", with {}", escaped(with));
    }
    if entry.golden != "3.13" {
        let _ = write!(text, " (CPython {})", entry.golden);
    }
    if let Some(ui) = &entry.ui {
        let it = if entry.prevented.is_empty() {
            "it"
        } else {
            "a part"
        };
        let _ = write!(text, ", the compiler prevents {it}: `tests/ui/{ui}`");
    }
    if let Some(because) = &entry.unordered_because {
        let _ = write!(text, " (compared without an order: {})", escaped(because));
    }
    text
}
