//! Is this the waker that the tasks wake already?

use crate::graph::own_clone;
use crate::watch;
use std::task::Waker;

/// The waker of the last poll, with which every task was polled that was not done.
#[derive(Default)]
pub(super) struct Again(Option<Waker>);

impl Again {
    /// Whether it is this one, so that tasks need not be told. Where anything is watched they are polled each
    /// time, to have it recorded.
    #[inline]
    pub(super) fn is(&self, waker: &Waker) -> bool {
        let known = self.0.as_ref();
        known.is_some_and(|known| known.will_wake(waker)) && !watch::is_any()
    }

    /// It is from here on.
    #[inline]
    pub(super) fn set(&mut self, waker: &Waker) {
        if !self.is(waker) {
            self.0 = Some(own_clone(waker));
        }
    }
}
