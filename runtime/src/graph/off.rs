//! Introspection where there is none: without the feature `tokio` there are no tasks.

use std::task::{Context, Poll, Waker};

/// What sort of thing is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Lock,
    Semaphore,
    BoundedSemaphore,
    CapacityLimiter,
    Event,
    Condition,
    Barrier,
    Get,
    Put,
    Join,
}

/// A line that futures wait in, as introspection sees it.
#[derive(Debug)]
pub(crate) struct Subject;

impl Subject {
    pub(crate) const fn new(_kind: Kind) -> Self {
        Subject
    }

    pub(crate) fn is_waited_for(&mut self) {}

    pub(crate) fn is_held(&mut self) {}

    pub(crate) fn was_granted(&mut self, _untold: usize) {}
}

#[inline]
pub(crate) fn is_on() -> bool {
    false
}

/// A clone for a wake-up that is recorded.
#[inline]
pub(crate) fn own_clone(waker: &Waker) -> Waker {
    waker.clone()
}

#[inline]
pub(crate) fn count_clone() {}

/// Runs what polls a future outside of this crate.
#[inline]
pub(crate) fn uncounted<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Where in the program a macro stands, and what its branches are called there. The macros make one.
#[derive(Debug)]
#[doc(hidden)]
pub struct Site {
    /// The file.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
    /// The branches as written.
    pub branches: &'static [&'static str],
}

impl Site {
    /// A part of a macro, whose branches are named by the whole.
    pub const GROUP: &Site = &Site {
        file: "",
        line: 0,
        branches: &[],
    };
}

#[inline]
pub(crate) fn name_last(_site: &'static Site) {}

/// What a combinator keeps.
#[derive(Debug, Default)]
pub(crate) struct NodeSlot;

impl NodeSlot {
    pub(crate) const fn new() -> Self {
        NodeSlot
    }

    pub(crate) fn wait(&mut self, _suspended: Suspended) {}

    // Of any type: what is model-checked has no task groups.
    pub(crate) fn is_child<T>(&mut self, _index: usize, _child: T) {}
}

/// What a combinator says of itself when it waits.
#[derive(Debug, Default)]
pub(crate) struct Suspended {
    pub(crate) name: &'static str,
    pub(crate) place: Option<&'static std::panic::Location<'static>>,
    pub(crate) site: Option<&'static Site>,
    pub(crate) total: Option<usize>,
    pub(crate) group: Option<usize>,
    pub(crate) pending: Option<u64>,
}

/// Polls branch `index` of a combinator.
#[inline]
pub(crate) fn poll_branch<R>(
    _watched: bool,
    _node: &mut NodeSlot,
    _index: usize,
    waker: &Waker,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    poll(&mut Context::from_waker(waker))
}

/// What is waited for.
#[derive(Debug)]
pub(crate) enum Entry {
    Future,
    Child(usize),
    Cleanup,
}

#[inline]
pub(crate) fn wait(_entry: Entry) {}
