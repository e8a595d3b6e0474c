//! Whether anything is watched at all: debug mode of a loop, or introspection.
//!
//! One byte for both, so that where neither is on, all that a poll pays is to read it.

use crate::events::debug;
use crate::graph;
use std::sync::atomic::{AtomicU8, Ordering};

static WATCHED: AtomicU8 = AtomicU8::new(UNKNOWN);
const DEBUG: u8 = 1;
const GRAPH: u8 = 2;
/// The environment was not asked.
const UNKNOWN: u8 = 4;

/// Whether any loop is in debug mode.
#[inline]
pub(crate) fn is_debug() -> bool {
    is(DEBUG)
}

/// Whether waits are recorded.
#[inline]
pub(crate) fn is_graph() -> bool {
    is(GRAPH)
}

/// The same, or the environment was not asked yet: one look less.
#[inline]
pub(crate) fn may_be_graph() -> bool {
    WATCHED.load(Ordering::Relaxed) & (GRAPH | UNKNOWN) != 0
}

/// What is watched, for who looks once and has several cases.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched(u8);

impl Watched {
    pub(crate) const NOTHING: Watched = Watched(0);
    /// Waits are recorded, and no loop is in debug mode.
    pub(crate) const GRAPH: Watched = Watched(GRAPH);

    #[inline]
    pub(crate) fn now() -> Self {
        Watched(WATCHED.load(Ordering::Relaxed))
    }
}

/// Whether either may be: ask them.
#[inline]
pub(crate) fn is_any() -> bool {
    WATCHED.load(Ordering::Relaxed) != 0
}

/// Whether either is, where one [may be](is_any).
#[cold]
#[inline(never)]
pub(crate) fn is_anything() -> bool {
    is_debug() || is_graph()
}

#[inline]
fn is(what: u8) -> bool {
    let watched = WATCHED.load(Ordering::Relaxed);
    watched & (what | UNKNOWN) != 0 && (watched & what != 0 || find_out() & what != 0)
}

#[cold]
fn find_out() -> u8 {
    debug::look_again();
    if graph::is_asked_for() {
        set_graph();
    }
    WATCHED.load(Ordering::Relaxed)
}

/// Whether any loop is in debug mode from here on.
pub(crate) fn set_debug(on: bool) {
    if on {
        WATCHED.fetch_or(DEBUG, Ordering::Relaxed);
    } else {
        WATCHED.fetch_and(!DEBUG, Ordering::Relaxed);
    }
    let _ = WATCHED.fetch_and(!UNKNOWN, Ordering::Relaxed);
}

/// From here on waits are recorded. What the environment says of the other is not known by this.
pub(crate) fn set_graph() {
    WATCHED.fetch_or(GRAPH, Ordering::Relaxed);
}
