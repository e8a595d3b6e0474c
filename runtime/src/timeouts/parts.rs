//! What a time limit is made of.

use super::term::{Stage, Term};
use crate::scope::Scope;
use crate::spared::Spare;
use crate::tasks::current::Deadline;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;

pin_project! {
    // Once it is polled, nothing in it is reached by a reference to all of it: the future may refer to itself.
    pub(super) struct Parts<F: Future> {
        pub(super) term: Term,
        #[pin]
        pub(super) scope: Scope<F>,
    }
}

impl<F: Future> Parts<F> {
    #[track_caller]
    #[inline]
    pub(super) fn new(limit: Deadline, future: F) -> Self {
        Parts {
            term: Term::new(limit),
            scope: Scope::new(future),
        }
    }

    #[inline]
    pub(super) fn term(self: Pin<&mut Self>) -> &mut Term {
        self.project().term
    }

    #[inline]
    pub(super) fn scope(self: Pin<&mut Self>) -> Pin<&mut Scope<F>> {
        self.project().scope
    }

    /// Drops the future, and limits the cleanup.
    pub(super) fn expire(self: Pin<&mut Self>) {
        let this = self.project();
        // Before the future is dropped: what cleans up can ask why.
        this.term.expire();
        this.scope.cancel();
        this.term.limit_cleanup();
    }

    /// It has given its value: spares it the drop.
    ///
    /// # Safety
    ///
    /// The future must have been dropped, without any cleanup, and there must be neither an alarm nor options.
    #[inline]
    pub(super) unsafe fn spend(self: Pin<&mut Self>) {
        let term = self.term();
        (term.stage, term.spent) = (Stage::Unset, true);
    }
}

// SAFETY: only `spend` says so.
unsafe impl<F: Future> Spare for Parts<F> {
    #[inline]
    fn is_spared(&self) -> bool {
        self.term.spent
    }
}
