//! `states.toml`: how each item ended.

use crate::golden::{self, Answer};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How an item ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// What CPython answered is what its re-enactment answers, or a compile-fail test shows that the
    /// compiler prevents what CPython raises for.
    Conforms,
    /// Ours is another behaviour, and the better one: `reason` says why.
    Deviates,
    /// It has no meaning in Rust: `reason` says why.
    Impossible,
}

/// One item of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// How it ended.
    pub state: State,
    /// Why it does not conform.
    pub reason: Option<String>,
    /// What has to be written for it to conform, where that is not what one would write first.
    pub with: Option<String>,
    /// Which CPython it is compared with.
    #[serde(default = "default_version")]
    pub golden: String,
    /// The compile-fail test that shows that the compiler prevents it, below `tests/ui`.
    pub ui: Option<String>,
    /// Which parts of the answer `ui` shows to be prevented, as JSON pointers, if not all of it: the rest is
    /// re-enacted.
    #[serde(default)]
    pub prevented: Vec<String>,
    /// What comes out of an item that deviates, as JSON.
    pub ours: Option<String>,
    /// What such an item tells the exception handler.
    #[serde(default)]
    pub ours_log: Vec<String>,
    /// Lists, as JSON pointers into the answer, whose order CPython leaves unspecified: they are compared
    /// sorted.
    #[serde(default)]
    pub unordered: Vec<String>,
    /// Why that order is unspecified.
    pub unordered_because: Option<String>,
}

fn default_version() -> String {
    "3.13".to_owned()
}

static STATES: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    toml::from_str(include_str!("../states.toml")).unwrap_or_else(|error| panic!("{error}"))
});

/// Every entry, by its item.
#[must_use]
pub fn states() -> &'static BTreeMap<String, Entry> {
    &STATES
}

impl Entry {
    /// Whether there has to be a re-enactment.
    #[must_use]
    pub fn is_enacted(&self) -> bool {
        match self.state {
            State::Conforms => self.ui.is_none() || !self.prevented.is_empty(),
            State::Deviates => true,
            State::Impossible => false,
        }
    }

    /// What CPython does, to compare with.
    #[must_use]
    pub fn answer(&self, id: &str) -> Option<Answer> {
        golden::answer(id, &self.golden)
    }

    /// What has to come out of the re-enactment.
    #[must_use]
    pub fn wanted(&self, id: &str) -> Option<Answer> {
        match self.state {
            State::Deviates => Some(Answer {
                value: json(self.ours.as_ref()?),
                log: self.ours_log.clone(),
            }),
            _ => self.answer(id),
        }
    }

    /// The answer as it is compared: plain (see below), `unordered` lists sorted, without what is `prevented`.
    #[must_use]
    pub fn comparable(&self, answer: &Answer) -> Answer {
        let mut value = plain(&answer.value);
        for pointer in &self.prevented {
            if let Some(part) = value.pointer_mut(pointer) {
                *part = Value::Null;
            }
        }
        for pointer in &self.unordered {
            if let Some(Value::Array(list)) = value.pointer_mut(pointer) {
                list.sort_by_key(Value::to_string);
            }
        }
        Answer {
            value,
            log: answer.log.clone(),
        }
    }

    /// What is wrong with the entry itself.
    #[must_use]
    pub fn fault(&self, id: &str) -> Option<String> {
        let probed = golden::answer(id, &self.golden).is_some();
        let deviates = self.state == State::Deviates;
        let needs_reason = deviates || self.state == State::Impossible;
        if needs_reason != self.reason.is_some() {
            return Some("a reason is for those that do not conform".to_owned());
        }
        if self.with.is_some() && self.state != State::Conforms {
            return Some("`with` is for those that conform".to_owned());
        }
        if deviates != self.ours.is_some() {
            return Some("`ours` is for those that deviate".to_owned());
        }
        if !probed {
            return Some("CPython was not asked".to_owned());
        }
        if self.ui.is_none() && !self.prevented.is_empty() {
            return Some("`prevented` needs `ui`".to_owned());
        }
        if self.unordered.is_empty() != self.unordered_because.is_none() {
            return Some("`unordered` needs `unordered_because`".to_owned());
        }
        None
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {text}: {error}"))
}

/// Without what Python tells apart where it prints and nowhere else: `1` from `1.0`, and a cancellation whose
/// message is empty from one that has none.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(list) => list.iter().map(plain).collect(),
        Value::String(text) => text.replace("CancelledError('',)", "CancelledError").into(),
        other => other.clone(),
    }
}
