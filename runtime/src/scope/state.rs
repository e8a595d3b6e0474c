//! What there is to know of a scope, in one word: so a future is hardly larger with a scope around it, and a
//! task of Tokio's with one mostly takes the memory that it takes without.
//!
//! # Why this is sound
//!
//! The word is the address of a [`Pending`] that it owns, or null, with flags in the bits that are zero in any
//! such address. Who gets at the `Pending` by `&State` has [taken](State::take) it out, so that nobody else
//! can; who gets at it where it is has the `State` exclusively.
#![allow(unsafe_code)]

use super::pending::Pending;
use std::cell::Cell;
use std::ptr;

/// What is pending in a scope, what is in the place of its body, and whether it is pinned to its thread.
pub(super) struct State(Cell<*mut Pending>);

// SAFETY: it owns what it points to, which can be sent, as the next line says.
unsafe impl Send for State {}
const _: fn() = can_be_sent::<Pending>;

const fn can_be_sent<T: Send>() {}

/// What is in the place of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Body {
    Running,
    /// Its value, while cleanup is awaited.
    Kept,
    Gone,
}

/// The flags: those of the body are both zero while it runs.
const KEPT: usize = 1;
const GONE: usize = 2;
const BODY: usize = KEPT | GONE;
/// It never leaves its thread: takes cleanup that is not `Send`.
const PINNED: usize = 4;
const FLAGS: usize = BODY | PINNED;

const _: () = assert!(align_of::<Pending>() > FLAGS);

impl State {
    pub(super) const fn new() -> Self {
        State(Cell::new(ptr::null_mut()))
    }

    pub(super) const fn pinned() -> Self {
        State(Cell::new(ptr::without_provenance_mut(PINNED)))
    }

    #[inline]
    fn flags(&self) -> usize {
        self.0.get().addr() & FLAGS
    }

    #[inline]
    pub(super) fn is_pinned(&self) -> bool {
        self.flags() & PINNED != 0
    }

    #[inline]
    pub(super) fn body(&self) -> Body {
        match self.flags() & BODY {
            0 => Body::Running,
            KEPT => Body::Kept,
            _ => Body::Gone,
        }
    }

    #[inline]
    pub(super) fn set_body(&self, body: Body) {
        let bits = match body {
            Body::Running => 0,
            Body::Kept => KEPT,
            Body::Gone => GONE,
        };
        self.0
            .set(self.0.get().map_addr(|word| word & !BODY | bits));
    }

    /// The body, which runs, is gone.
    // By an addition, which takes the whole word: `|` is compiled to a store of one byte, and the look at the word that
    // follows has to wait for that.
    #[inline]
    pub(super) fn end_body(&self) {
        debug_assert_eq!(self.body(), Body::Running);
        self.0.set(self.0.get().map_addr(|word| word + GONE));
    }

    /// Whether the body runs, and there never was any cleanup.
    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.0.get().addr() & !PINNED == 0
    }

    /// Whether the body is gone, and there never was any cleanup.
    #[inline]
    pub(super) fn is_spent(&self) -> bool {
        self.0.get().addr() & !PINNED == GONE
    }

    /// Whether there is, or was, any cleanup.
    #[inline]
    pub(super) fn has_pending(&self) -> bool {
        self.0.get().addr() > FLAGS
    }

    #[inline]
    fn pending(&self) -> *mut Pending {
        self.0.get().map_addr(|word| word & !FLAGS)
    }

    /// Takes out what is pending.
    #[inline]
    pub(super) fn take(&self) -> Option<Box<Pending>> {
        let pending = self.pending();
        if pending.is_null() {
            return None;
        }
        self.0.set(ptr::without_provenance_mut(self.flags()));
        // SAFETY: it comes from `put`, and is no longer there.
        Some(unsafe { Box::from_raw(pending) })
    }

    /// Puts in what is pending.
    pub(super) fn put(&self, pending: Box<Pending>) {
        drop(self.take());
        let flags = self.flags();
        self.0
            .set(Box::into_raw(pending).map_addr(|word| word | flags));
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut Pending> {
        // SAFETY: it is owned, and borrowed exclusively as this is.
        unsafe { self.pending().as_mut() }
    }

    /// What is pending, in something for it if there is none.
    pub(super) fn get_or_make(&mut self) -> &mut Pending {
        if !self.has_pending() {
            self.put(Box::default());
        }
        self.get_mut().expect("it is there by now")
    }
}

impl Drop for State {
    #[inline]
    fn drop(&mut self) {
        if self.has_pending() {
            drop_pending(self);
        }
    }
}

#[cold]
fn drop_pending(state: &mut State) {
    drop(state.take());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_the_body_and_what_is_pending_do_not_touch_each_other() {
        let mut state = State::pinned();
        assert!(state.is_fresh());
        for body in [Body::Kept, Body::Gone, Body::Running] {
            state.set_body(body);
            assert!(!state.has_pending());
            assert_eq!(state.is_spent(), body == Body::Gone);
            state.get_or_make().goes_first = true;
            state.set_body(body);
            assert!(state.has_pending() && !state.is_fresh() && !state.is_spent());
            let pending = state.take().expect("it was made");
            assert!(pending.goes_first);
            assert!(state.take().is_none() && state.get_mut().is_none());
            assert!(state.body() == body && state.is_pinned());
            state.put(pending);
            assert!(state.body() == body && state.is_pinned());
            drop(state.take());
        }
        state.put(Box::default()); // and is dropped with it
    }
}
