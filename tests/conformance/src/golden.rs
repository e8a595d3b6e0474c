//! The items, and what CPython answered.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One observable behaviour.
#[derive(Debug, Deserialize)]
pub struct Behaviour {
    /// `B-001` and so on.
    pub id: String,
    /// Which part of asyncio it is of.
    pub group: String,
    /// What it is.
    pub text: String,
    /// Where CPython says so, if it has no probe on the virtual clock.
    pub source: String,
}

/// What one version of CPython answered.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Answer {
    /// What the probe returned.
    #[serde(rename = "r")]
    pub value: Value,
    /// What reached the exception handler of the loop.
    #[serde(default)]
    pub log: Vec<String>,
}

#[derive(Deserialize)]
struct Golden {
    results: BTreeMap<String, Option<Answer>>,
}

static BEHAVIOURS: LazyLock<Vec<Behaviour>> =
    LazyLock::new(|| parse(include_str!("../python/items.json")));

static PYTHON_3_13: LazyLock<Golden> =
    LazyLock::new(|| parse(include_str!("../python/golden/asyncio_3.13.0.json")));

/// Those that need sockets, processes, signals or real time.
static REAL_3_13: LazyLock<Golden> =
    LazyLock::new(|| parse(include_str!("../python/golden/real_3.13.0.json")));

static PYTHON_3_14: LazyLock<Golden> =
    LazyLock::new(|| parse(include_str!("../python/golden/asyncio_3.14.2.json")));

/// Only those that differ from the others.
static PYTHON_3_15: LazyLock<Golden> =
    LazyLock::new(|| parse(include_str!("../python/golden/asyncio_3.15.0rc1.json")));

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a file that the scripts of `python/` wrote")
}

/// Every item, in order.
#[must_use]
pub fn behaviours() -> &'static [Behaviour] {
    &BEHAVIOURS
}

/// What CPython answered; `None` for an item that there is not.
///
/// # Panics
///
/// If there is no golden file of that version.
#[must_use]
pub fn answer(id: &str, version: &str) -> Option<Answer> {
    let files: &[&Golden] = match version {
        "3.13" => &[&PYTHON_3_13, &REAL_3_13],
        "3.14" => &[&PYTHON_3_14],
        "3.15" => &[&PYTHON_3_15],
        _ => panic!("there is no golden file of {version}"),
    };
    let answers = files.iter().filter_map(|file| file.results.get(id));
    answers.flatten().next().cloned()
}
