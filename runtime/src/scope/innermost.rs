//! The innermost scope, as one word says it.

use super::state::State;
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// The innermost scope: a [`Frame`] on the stack of whoever is at work, or, with [`ROOT`], the [`State`] of one with
/// nothing around it; null without one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Innermost(*const ());

/// It is the root scope of a task that our loop polls.
const ROOT: usize = 1;
/// What is [`Frame::one_drop`] otherwise, of such a scope.
pub(super) const ONE_DROP: usize = 2;
const _: () = assert!(align_of::<Frame>() > ROOT && align_of::<State>() > ROOT + ONE_DROP);

impl Innermost {
    pub(super) const NONE: Innermost = Innermost(ptr::null());

    #[inline(always)]
    pub(super) fn framed(frame: &Frame) -> Self {
        Innermost(ptr::from_ref(frame).cast())
    }

    #[inline(always)]
    pub(super) fn root(state: &State, flags: usize) -> Self {
        Innermost(
            ptr::from_ref(state)
                .cast::<()>()
                .map_addr(|address| address | ROOT | flags),
        )
    }

    /// What it is, if there is one.
    ///
    /// # Safety
    ///
    /// It must not have been left.
    pub(super) unsafe fn scope<'a>(self) -> Option<Found<'a>> {
        if self.0.addr() & ROOT == 0 {
            // SAFETY: it is such a frame, or null; it is there until it is left.
            let frame = unsafe { self.0.cast::<Frame>().as_ref() }?;
            return Some(Found {
                // SAFETY: as above.
                state: unsafe { frame.state.as_ref() },
                one_drop: frame.one_drop.get(),
                place: frame.place,
                outer: frame.outer,
            });
        }
        let state = self.0.map_addr(|address| address & !(ROOT | ONE_DROP));
        Some(Found {
            // SAFETY: it is such a state, which was borrowed until it is left.
            state: unsafe { &*state.cast::<State>() },
            one_drop: self.0.addr() & ONE_DROP != 0,
            place: Place::NONE,
            outer: Innermost::NONE,
        })
    }
}

/// A scope that is at work on this thread, framed or not.
pub(super) struct Found<'a> {
    /// With the cleanup of this scope.
    pub(super) state: &'a State,
    /// See [`Frame::one_drop`].
    pub(super) one_drop: bool,
    place: Place,
    outer: Innermost,
}

impl Found<'_> {
    /// Whether it counts for code that runs here.
    pub(super) fn counts(&self) -> bool {
        self.place == Place::here()
    }

    /// Whether this, or one that it is in, never leaves this thread.
    pub(super) fn is_pinned(&self) -> bool {
        let (mut state, mut outer) = (self.state, self.outer);
        while !state.is_pinned() {
            // SAFETY: outer ones are left later.
            match unsafe { outer.scope() } {
                Some(scope) if scope.place == self.place => {
                    (state, outer) = (scope.state, scope.outer);
                }
                _ => return false,
            }
        }
        true
    }
}

/// What is known of a scope that is at work on this thread.
// In this order: were the two that `Leave` restores side by side, they would be read by one load just after they were
// written by two stores, for which the processor waits some 5 ns.
#[repr(C)]
pub(super) struct Frame {
    pub(super) outer: Innermost,
    /// With the cleanup of this scope.
    pub(super) state: NonNull<State>,
    /// How often cleanup had been handed over to the outer one.
    pub(super) handed: u64,
    pub(super) place: Place,
    /// What is handed over now belongs to one drop of its body or branches.
    pub(super) one_drop: Cell<bool>,
}

/// Where a scope runs. A frame counts only for code that runs in the same place: a `LocalSet` that is
/// polled inside runs tasks of its own.
///
/// Not the runtime: a `block_on` of another one inside of `block_in_place` is a call within this task,
/// and what is dropped there is awaited here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::Id>,
}

impl Place {
    /// In none of Tokio's tasks.
    #[cfg(feature = "tokio")]
    pub(super) const NONE: Place = Place { task: None };
    #[cfg(not(feature = "tokio"))]
    pub(super) const NONE: Place = Place {};

    #[cfg(feature = "tokio")]
    pub(super) fn here() -> Self {
        Place {
            task: tokio::task::try_id(),
        }
    }

    #[cfg(not(feature = "tokio"))]
    pub(super) fn here() -> Self {
        Place {}
    }
}
