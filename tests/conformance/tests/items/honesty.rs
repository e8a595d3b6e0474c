//! Whether the items are what they say: none is missing, none answers without asking us, and none would
//! pass whatever CPython had answered.

use asyncio_conformance::complete::{States, faults};
use asyncio_conformance::golden::Answer;
use asyncio_conformance::item::Item;
use asyncio_conformance::states::{State, states};
use asyncio_conformance::table::{count, summary};
use libtest_mimic::{Failed, Trial};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(crate) fn trials(items: Vec<Item>) -> Vec<Trial> {
    let (all, of_table) = (items.clone(), items.clone());
    vec![
        Trial::test("states_are_complete", move || states_are_complete(&all)),
        Trial::test("what_is_missing_is_found", move || missing(&of_table)),
        Trial::test("every_item_heeds_the_answer", move || heeds(&items)),
        Trial::test("every_item_asks_asyncio", asks),
        Trial::test("most_conform", most_conform),
    ]
}

fn all() -> States<'static> {
    let states = states().iter();
    states.map(|(id, entry)| (id.as_str(), entry)).collect()
}

fn ids(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(Item::id).collect()
}

fn fail_with(faults: &[String]) -> Result<(), Failed> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failed::from(faults.join("\n"))),
    }
}

fn states_are_complete(items: &[Item]) -> Result<(), Failed> {
    let enacted = ids(items);
    if enacted.len() != items.len() {
        return Err("an item is re-enacted twice".into());
    }
    fail_with(&faults(&all(), &enacted))
}

/// What was aimed at, of 344: whoever finds another deviation that is better makes one of the others conform.
fn most_conform() -> Result<(), Failed> {
    let [conform, deviate] = [State::Conforms, State::Deviates].map(count);
    match conform >= 260 && deviate <= 40 {
        true => Ok(()),
        false => Err(summary().into()),
    }
}

/// Without any one state, and without any one re-enactment, the table would not be complete.
fn missing(items: &[Item]) -> Result<(), Failed> {
    let (states, enacted) = (all(), ids(items));
    let known = faults(&states, &enacted).len();
    let mut unseen = Vec::new();
    for id in states.keys() {
        let mut fewer = states.clone();
        fewer.remove(id);
        if faults(&fewer, &enacted).len() != known + 1 {
            unseen.push(format!("{id}: nobody sees that its state is missing"));
        }
    }
    for id in &enacted {
        let mut fewer = enacted.clone();
        fewer.remove(id);
        if faults(&states, &fewer).len() != known + 1 {
            unseen.push(format!("{id}: nobody sees that it is not re-enacted"));
        }
    }
    fail_with(&unseen)
}

/// With any one value of what is wanted changed, each item fails.
fn heeds(items: &[Item]) -> Result<(), Failed> {
    let mut deaf = Vec::new();
    for item in items {
        let id = item.id();
        let Some(entry) = states().get(&id) else {
            continue; // which is found elsewhere
        };
        let Some(wanted) = entry.wanted(&id) else {
            continue;
        };
        let mut others = Vec::new();
        changes(&wanted.value, &mut String::new(), &mut others);
        // What the compiler prevents cannot come out.
        others.retain(|(pointer, _)| !is_below(pointer, &entry.prevented));
        for (pointer, value) in others {
            let mut other = wanted.clone();
            if let Some(part) = other.value.pointer_mut(&pointer) {
                *part = value;
            }
            if item.check_against(entry, &other, &wanted).is_ok() {
                deaf.push(format!("{id}: {} is as good", other.value));
            }
        }
        let mut noisy = wanted.clone();
        noisy.log.push("a message more".to_owned());
        if item.check_against(entry, &noisy, &wanted).is_ok() {
            deaf.push(format!("{id}: another log is as good"));
        }
        deaf.extend(deaf_in_earnest(item, &wanted).map(|()| format!("{id}: anything is as good")));
    }
    fail_with(&deaf)
}

/// Runs it, against an answer that nobody gave.
fn deaf_in_earnest(item: &Item, wanted: &Answer) -> Option<()> {
    let mut other = wanted.clone();
    other.value = json!(["nobody answered so", wanted.value]);
    let entry = states().get(&item.id())?;
    let checked = item.check_against(entry, &other, &item.answer());
    checked.is_ok().then_some(())
}

/// Every value within, changed, and where it is.
fn changes(value: &Value, pointer: &mut String, found: &mut Vec<(String, Value)>) {
    let changed = match value {
        Value::Array(list) if !list.is_empty() => {
            for (i, part) in list.iter().enumerate() {
                let length = pointer.len();
                *pointer += &format!("/{i}");
                changes(part, pointer, found);
                pointer.truncate(length);
            }
            json!(list[1..])
        }
        Value::Bool(is) => json!(!is),
        Value::Number(number) => json!(number.as_f64().unwrap_or_default() + 1.0),
        Value::String(text) => json!(format!("{text}.")),
        _ => json!("something"),
    };
    found.push((pointer.clone(), changed));
}

fn is_below(pointer: &str, prevented: &[String]) -> bool {
    prevented.iter().any(|part| pointer.starts_with(part))
}

/// What a source file says: the names that it has of asyncio, and what each function mentions.
#[derive(Default)]
struct Source {
    of_asyncio: BTreeSet<String>,
    functions: BTreeMap<String, BTreeSet<String>>,
}

/// Each re-enactment calls something of asyncio, by itself or by a function that it calls, and none looks at
/// the answers.
fn asks() -> Result<(), Failed> {
    let mut source = Source::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/items");
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        if !["main.rs", "honesty.rs"]
            .iter()
            .any(|own| path.ends_with(own))
        {
            source.read(text.parse().map_err(|error| format!("{error}"))?);
        }
    }
    // The worker of the probes sleeps; its log alone is none of asyncio.
    source
        .of_asyncio
        .extend(["asyncio", "w", "ticks"].map(str::to_owned));
    let names = source.functions.keys().filter(|name| is_item(name));
    let silent = names.filter(|name| !source.asks(name, &mut BTreeSet::new()));
    let mut faults: Vec<String> = silent.map(|name| format!("{name} asks nobody")).collect();
    for (name, mentions) in &source.functions {
        let looks = ["golden", "states", "answer", "include_str"];
        if looks.iter().any(|word| mentions.contains(*word)) {
            faults.push(format!("{name} looks at the answers"));
        }
    }
    fail_with(&faults)
}

fn is_item(name: &str) -> bool {
    let number = name.strip_prefix("b_");
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

impl Source {
    fn read(&mut self, file: TokenStream) {
        let mut tokens = file.into_iter().peekable();
        while let Some(token) = tokens.next() {
            if is(&token, "use") && tokens.peek().is_some_and(|token| is(token, "asyncio")) {
                let path = tokens.by_ref().take_while(|token| token.to_string() != ";");
                words(path.collect(), &mut self.of_asyncio);
            } else if is(&token, "fn") {
                let name = tokens.next().map(|name| name.to_string());
                let body = tokens.find_map(|token| match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
                    _ => None,
                });
                let mentions = self.functions.entry(name.unwrap_or_default()).or_default();
                words(body.map(|body| body.stream()).unwrap_or_default(), mentions);
            }
        }
    }

    fn asks(&self, function: &str, seen: &mut BTreeSet<String>) -> bool {
        let Some(mentions) = self.functions.get(function) else {
            return false;
        };
        if !seen.insert(function.to_owned()) {
            return false;
        }
        let directly = mentions.iter().any(|word| self.of_asyncio.contains(word));
        directly || mentions.iter().any(|word| self.asks(word, seen))
    }
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Every word in there.
fn words(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Ident(ident) => drop(found.insert(ident.to_string())),
            _ => {}
        }
    }
}
