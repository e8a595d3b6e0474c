//! When the alarms of a loop are due, for other threads: a future that counts from when its loop looked at its alarm
//! may be moved there after that, and may outlive the loop.

use super::Due;
use super::queue::Key;
use crate::brief_lock::{Brief, BriefLock};
use tokio::time::Instant;

/// The times of the alarms that had none when they were set.
pub(in super::super) struct Known(BriefLock<Table>);

struct Table {
    /// Up to this number the loop has looked at its alarms.
    up_to: u64,
    /// By their slots: of each the last one that the loop has told its time.
    told: Vec<Option<(u64, Instant)>>,
    /// Those that have outlived a loop, until they are put off. The next loop may have their slots.
    kept: Vec<(u64, Instant)>,
}

impl Known {
    pub(in super::super) fn new() -> Self {
        Known(BriefLock::new(Table {
            up_to: 0,
            told: Vec::new(),
            kept: Vec::new(),
        }))
    }

    /// When an alarm is due that had no time when it was set.
    pub(super) fn due(&self, key: Key) -> Due {
        let table = self.0.lock();
        if key.number > table.up_to {
            return Due::Later;
        }
        let kept = table.kept.iter().find(|kept| kept.0 == key.number);
        match kept.copied().or_else(|| table.told_in(key)) {
            Some((_, at)) => Due::At(at),
            None => Due::Rang, // as its slot is another's, or was given back
        }
    }

    /// The loop looks at its alarms, which have numbers up to this one.
    pub(super) fn up_to(&self, number: u64) -> Telling<'_> {
        let mut table = self.0.lock();
        table.up_to = number;
        Telling(table)
    }

    /// The loop ends, before these have rung.
    pub(super) fn keep(&self, keys: impl Iterator<Item = Key>) {
        let table = &mut *self.0.lock();
        let told = keys.filter_map(|key| table.told_in(key));
        let told: Vec<_> = told.collect();
        table.kept.extend(told);
        table.told = Vec::new();
    }

    /// Nobody asks for this one any more.
    pub(in super::super) fn forget(&self, key: Key) {
        self.0.lock().kept.retain(|kept| kept.0 != key.number);
    }

    /// No alarm is set.
    #[cold]
    pub(super) fn shrink(&self) {
        self.0.lock().told = Vec::new();
    }
}

impl Table {
    fn told_in(&self, key: Key) -> Option<(u64, Instant)> {
        let told = self.told.get(key.slot as usize).copied().flatten();
        told.filter(|told| told.0 == key.number)
    }
}

/// Tells alarms their times.
pub(super) struct Telling<'a>(Brief<'a, Table>);

impl Telling<'_> {
    pub(super) fn tell(&mut self, key: Key, at: Instant) {
        let (told, slot) = (&mut self.0.told, key.slot as usize);
        if told.len() <= slot {
            told.resize(slot + 1, None);
        }
        told[slot] = Some((key.number, at));
    }
}
