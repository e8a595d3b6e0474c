//! `add_signal_handler`: functions that the loop calls when a signal comes.
//!
//! One thread waits for all signals, since the loop may be blocked. It does nothing more than to give
//! the function to its loop; with no function left, what the signal does by default.

use super::LoopHandle;
use super::callback::Callback;
use signal_hook::consts::FORBIDDEN;
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;
use std::collections::HashMap;
use std::io;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::runtime::Id;

type Function = Arc<Mutex<dyn FnMut() + Send>>;

/// The signals of which any loop ever wanted to know.
static SIGNALS: Mutex<Option<Registry>> = Mutex::new(None);

/// The numbers that any system has; `signal-hook` panics beyond its own limit.
const SIGNALS_THERE_ARE: std::ops::RangeInclusive<i32> = 1..=64;

struct Registry {
    waiting: Handle,
    entries: HashMap<i32, Entry>,
}

struct Entry {
    /// Somebody else handled or ignored the signal before: what happens by default is theirs to say.
    is_foreign: bool,
    handlers: Vec<Handler>,
}

#[derive(Clone)]
struct Handler {
    event_loop: LoopHandle,
    function: Function,
    location: &'static Location<'static>,
}

fn lock() -> MutexGuard<'static, Option<Registry>> {
    SIGNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    fn start() -> io::Result<Self> {
        let mut signals = Signals::new::<[i32; 0], i32>([])?;
        let waiting = signals.handle();
        thread::Builder::new()
            .name("asyncio-signals".to_owned())
            .spawn(move || signals.forever().for_each(on_signal))?;
        Ok(Registry {
            waiting,
            entries: HashMap::new(),
        })
    }

    fn entry(&mut self, signal: i32) -> io::Result<&mut Entry> {
        if !self.entries.contains_key(&signal) {
            let is_foreign = is_handled(signal) || crate::runners::handles(signal);
            self.waiting.add_signal(signal)?;
            let handlers = Vec::new();
            let entry = Entry {
                is_foreign,
                handlers,
            };
            self.entries.insert(signal, entry);
        }
        Ok(self.entries.get_mut(&signal).expect("it is there now"))
    }
}

pub(super) fn add(
    event_loop: &LoopHandle,
    signal: i32,
    function: Function,
    location: &'static Location<'static>,
) -> io::Result<()> {
    let invalid = |error| Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    if FORBIDDEN.contains(&signal) {
        return invalid(format!("signal {signal} cannot be caught"));
    }
    if !SIGNALS_THERE_ARE.contains(&signal) {
        return invalid(format!("there is no signal {signal}"));
    }
    let handler = Handler {
        event_loop: event_loop.clone(),
        function,
        location,
    };
    let old = insert(signal, handler)?;
    drop(old); // the function is the user's: it goes without the lock
    Ok(())
}

/// Gives the handler that the same loop had for the signal.
fn insert(signal: i32, handler: Handler) -> io::Result<Option<Handler>> {
    let mut registry = lock();
    let registry = match &mut *registry {
        Some(registry) => registry,
        none => none.insert(Registry::start()?),
    };
    let handlers = &mut registry.entry(signal)?.handlers;
    let same = |old: &&mut Handler| old.event_loop == handler.event_loop;
    match handlers.iter_mut().find(same) {
        Some(old) => Ok(Some(std::mem::replace(old, handler))),
        None => {
            handlers.push(handler);
            Ok(None)
        }
    }
}

/// Removes the handlers that `which` picks, and says whether there were any.
fn remove_if(which: impl Fn(i32, &Handler) -> bool) -> bool {
    let mut removed = Vec::new();
    if let Some(registry) = &mut *lock() {
        for (signal, entry) in &mut registry.entries {
            let gone = |handler: &mut Handler| which(*signal, handler);
            removed.extend(entry.handlers.extract_if(.., gone));
        }
    }
    !removed.is_empty() // and dropped without the lock
}

pub(super) fn remove(event_loop: &LoopHandle, signal: i32) -> bool {
    remove_if(|number, handler| number == signal && handler.event_loop == *event_loop)
}

/// A runtime ends: its handlers go.
pub(crate) fn remove_all(runtime: Id) {
    remove_if(|_, handler| handler.event_loop.runtime_id() == runtime);
}

/// Whether a loop handles this signal.
pub(crate) fn is_taken(signal: i32) -> bool {
    let registry = lock();
    let entry = registry
        .as_ref()
        .and_then(|registry| registry.entries.get(&signal));
    entry.is_some_and(|entry| !entry.handlers.is_empty())
}

fn on_signal(signal: i32) {
    let (is_foreign, handlers) = {
        let registry = lock();
        let entry = registry
            .as_ref()
            .and_then(|registry| registry.entries.get(&signal));
        let Some(entry) = entry else { return };
        (entry.is_foreign, entry.handlers.clone())
    };
    let mut is_handled = false;
    for Handler {
        event_loop,
        function,
        location,
    } in handlers
    {
        let called = Arc::clone(&function);
        let call = move || {
            let mut function = called.lock().unwrap_or_else(PoisonError::into_inner);
            function();
        };
        if event_loop.call(Callback::new(call, location)) {
            is_handled = true;
        } else {
            remove_if(|_, handler| Arc::ptr_eq(&handler.function, &function));
        }
    }
    if !is_handled && !is_foreign {
        let _ = emulate_default_handler(signal);
    }
}

/// Whether the process has a handler for a signal, or ignores it. Linux says so without `unsafe`.
pub(crate) fn is_handled(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    if !SIGNALS_THERE_ARE.contains(&signal) {
        return false;
    }
    status.lines().any(|line| {
        let mask = line
            .strip_prefix("SigCgt:")
            .or_else(|| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
    })
}
