//! What a program did: every guard, when its cleanup began and ended, and whether that was in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Small random numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// How many guards of a scope have not ended.
pub(crate) type Open = Arc<AtomicUsize>;

pub(crate) struct Record {
    inner: Mutex<Inner>,
    /// Prints what happens.
    aloud: bool,
}

#[derive(Default)]
struct Inner {
    clock: u64,
    guards: Vec<Guard>,
    wrong: Vec<String>,
}

struct Guard {
    what: &'static str,
    /// The guards of the frames around it.
    outer: Vec<usize>,
    /// The scopes around it, in the same task.
    scopes: Vec<Open>,
    began: Option<u64>,
    ended: Option<u64>,
    whole: bool,
    in_line: bool,
    disarmed: bool,
}

impl Record {
    pub(crate) fn new(aloud: bool) -> Self {
        Record {
            inner: Mutex::default(),
            aloud,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn say(&self, what: std::fmt::Arguments<'_>) {
        if self.aloud {
            println!("{what}");
        }
    }

    pub(crate) fn made(&self, what: &'static str, outer: &[usize], scopes: &[Open]) -> usize {
        for scope in scopes {
            scope.fetch_add(1, Ordering::SeqCst);
        }
        let mut inner = self.lock();
        inner.guards.push(Guard {
            what,
            outer: outer.to_vec(),
            scopes: scopes.to_vec(),
            began: None,
            ended: None,
            whole: false,
            in_line: false,
            disarmed: false,
        });
        let id = inner.guards.len() - 1;
        self.say(format_args!("{what} {id} is made inside of {outer:?}"));
        id
    }

    /// Its cleanup runs where the program said so, not where the order would have it.
    pub(crate) fn in_line(&self, id: usize) {
        self.lock().guards[id].in_line = true;
    }

    pub(crate) fn disarmed(&self, id: usize) {
        let mut inner = self.lock();
        inner.guards[id].disarmed = true;
        inner.guards[id].close();
    }

    pub(crate) fn began(self: &Arc<Self>, id: usize) -> Running {
        let mut inner = self.lock();
        inner.clock += 1;
        let now = inner.clock;
        self.say(format_args!("{id} begins"));
        if inner.guards[id].began.replace(now).is_some() {
            inner.wrong.push(format!("guard {id} began twice"));
        }
        Running {
            record: self.clone(),
            id,
            whole: false,
        }
    }

    pub(crate) fn wrong(&self, what: String) {
        self.lock().wrong.push(what);
    }

    pub(crate) fn guards(&self) -> usize {
        self.lock().guards.len()
    }

    /// What was wrong, once the program has come to its end. Cleanup may have been interrupted if
    /// `interrupted`.
    pub(crate) fn check(&self, interrupted: bool) -> Vec<String> {
        let inner = self.lock();
        let mut wrong = inner.wrong.clone();
        for (id, guard) in inner.guards.iter().enumerate() {
            let what = guard.what;
            if guard.disarmed {
                if guard.began.is_some() {
                    wrong.push(format!("{what} {id} was disarmed, and ran"));
                }
                continue;
            }
            let (Some(_), Some(end)) = (guard.began, guard.ended) else {
                wrong.push(format!(
                    "{what} {id} began {:?}, ended {:?}",
                    guard.began, guard.ended
                ));
                continue;
            };
            if !guard.whole && !interrupted {
                wrong.push(format!("{what} {id} was dropped half-way"));
            }
            for outer in &guard.outer {
                let other = &inner.guards[*outer];
                if !other.in_line && other.began.is_some_and(|began| began < end) {
                    wrong.push(format!(
                        "{} {outer} began before {what} {id} inside had ended",
                        other.what
                    ));
                }
            }
        }
        wrong
    }
}

impl Guard {
    fn close(&mut self) {
        for scope in self.scopes.drain(..) {
            scope.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A cleanup that runs.
pub(crate) struct Running {
    record: Arc<Record>,
    id: usize,
    whole: bool,
}

impl Running {
    /// It came to its end, or to its panic.
    pub(crate) fn ended(mut self) {
        self.whole = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut inner = self.record.lock();
        inner.clock += 1;
        let now = inner.clock;
        let (id, whole) = (self.id, self.whole);
        self.record.say(format_args!("{id} ends, whole: {whole}"));
        let guard = &mut inner.guards[self.id];
        guard.ended = Some(now);
        guard.whole = self.whole || std::thread::panicking();
        guard.close();
    }
}
