//! Re-enactments, and how they are run.

use crate::golden::Answer;
use crate::probe;
use crate::states::{Entry, State, states};
use serde_json::Value;

/// The re-enactment of an item.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The function's name: `b_001`.
    pub name: &'static str,
    /// Runs it.
    pub run: fn() -> Value,
    /// Whether its loop has the exception handler of the probes. Probes that are plain functions make
    /// loops of their own, whose handler they do not set.
    pub logs: bool,
}

impl Item {
    /// The item that it re-enacts.
    #[must_use]
    pub fn id(&self) -> String {
        self.name.replace("b_", "B-")
    }

    /// Runs it and compares.
    ///
    /// # Errors
    ///
    /// With what came out and what should have.
    pub fn check(&self) -> Result<(), String> {
        let id = self.id();
        let entry = states().get(&id).ok_or("it is in no state")?;
        let wanted = entry.wanted(&id).ok_or("nothing to compare with")?;
        self.check_against(entry, &wanted, &self.answer())
    }

    /// The same with what is wanted, and what came out.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_against(
        &self,
        entry: &Entry,
        wanted: &Answer,
        ours: &Answer,
    ) -> Result<(), String> {
        if !entry.is_enacted() {
            return Err(format!(
                "there is a re-enactment of what is {:?}",
                entry.state
            ));
        }
        let [ours, wanted] = [ours, wanted].map(|answer| entry.comparable(answer));
        if ours != wanted {
            return Err(difference(&ours, &wanted));
        }
        let golden = entry.answer(&self.id());
        let golden = golden.map(|golden| entry.comparable(&golden));
        if entry.state == State::Deviates && golden.as_ref() == Some(&ours) {
            return Err("it is said to deviate, and does as CPython does".to_owned());
        }
        Ok(())
    }

    /// What comes out of it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let (value, log) = probe::with_handler(self.run);
        let log = if self.logs { log } else { Vec::new() };
        Answer { value, log }
    }
}

fn difference(ours: &Answer, wanted: &Answer) -> String {
    format!(
        "wanted: {}\n        {:?}\nours:   {}\n        {:?}",
        wanted.value, wanted.log, ours.value, ours.log
    )
}

/// Lists the re-enactments of a module: those that run on the `clock`, which is virtual, those that need
/// the `real` time because of threads or I/O, and those that make a loop of their own, or `bare` ones.
#[macro_export]
macro_rules! items {
    ($(clock: $($clock:ident)*;)? $(real: $($real:ident)*;)? $(bare: $($bare:ident)*;)?) => {
        pub(crate) fn items() -> Vec<$crate::item::Item> {
            vec![
                $($($crate::item::Item {
                    name: stringify!($clock),
                    run: || $crate::probe::on_virtual_clock($clock()),
                    logs: true,
                },)*)?
                $($($crate::item::Item {
                    name: stringify!($real),
                    run: || $crate::probe::in_real_time($real()),
                    logs: true,
                },)*)?
                $($($crate::item::Item {
                    name: stringify!($bare),
                    run: $bare,
                    logs: false,
                },)*)?
            ]
        }
    };
}
