//! How a time limit is polled.

use super::options::handle;
use super::parts::Parts;
use super::term::Stage;
use crate::graph::{self, poll_branch};
use crate::scope::{More, Simply};
use crate::tasks::current::{self, under_deadline};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::Instant;

impl<F: Future> Parts<F> {
    /// Polls the future where it runs, and there never was any cleanup.
    #[inline(always)]
    pub(super) fn poll_fresh(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Simply<F::Output> {
        let this = self.project();
        let deadline = &this.term.limit;
        this.scope
            .poll_fresh(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
    }

    /// The future was polled, and there is cleanup.
    #[cold]
    #[inline(never)]
    pub(super) fn poll_cleanup(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        more: More,
    ) -> Poll<Option<F::Output>> {
        self.as_mut().term().was_polled();
        match self.as_mut().scope().poll_rest(cx, more) {
            Poll::Ready(value) => self.finish(value),
            Poll::Pending => self.poll_suspended(cx),
        }
    }

    // Cleanup is not under the deadline.
    fn poll_scope(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if graph::is_on() {
            return self.poll_scope_watched(cx);
        }
        let this = self.project();
        let deadline = &this.term.limit;
        this.scope
            .poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
    }

    /// The same, where introspection is on.
    #[cold]
    #[inline(never)]
    fn poll_scope_watched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        let (deadline, scope) = (&this.term.limit, this.scope);
        let node = &mut this.term.options.get_or_insert().node;
        poll_branch(true, node, 0, cx.waker(), |cx| {
            scope.poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
        })
    }

    /// The future has suspended in the first poll, and there was no cleanup.
    #[inline(always)]
    pub(super) fn poll_suspended_first(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        if self.as_mut().term().begin(cx) {
            return self.poll_overdue(true, cx);
        }
        Poll::Pending
    }

    /// The future has suspended.
    fn poll_suspended(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let first = self.as_mut().term().stage != Stage::Set;
        if self.as_mut().scope().is_running() && self.as_mut().term().poll_timer(cx) {
            return self.poll_overdue(first, cx);
        }
        self.poll_pending()
    }

    /// The future has suspended, and the deadline has passed.
    #[cold]
    #[inline(never)]
    fn poll_overdue(
        mut self: Pin<&mut Self>,
        first: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        self.as_mut().term().was_polled();
        if ends_here(cx) || first && outer_goes_first(cx) {
            return self.poll_pending();
        }
        self.as_mut().expire();
        self.poll_expired(cx)
    }

    fn poll_pending(self: Pin<&mut Self>) -> Poll<Option<F::Output>> {
        if graph::is_on() {
            self.term().note_wait();
        }
        Poll::Pending
    }

    /// Any poll but the first one.
    #[inline(never)]
    pub(super) fn poll_again(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        let this = self.as_mut().project();
        let (term, scope) = (this.term, this.scope);
        let goes_on = term.stage == Stage::Set
            && term.options.get().is_none()
            && !graph::may_be_on()
            && scope.is_fresh();
        // The deadline is looked at before the future, so that it wins ties.
        if !goes_on || term.rang() {
            term.was_polled();
            return self.poll_on(cx);
        }
        match self.as_mut().poll_fresh(cx) {
            Simply::Value(value) => {
                self.as_mut().term().alarm.put_off();
                // SAFETY: the future was dropped. There is no alarm, nor are there options.
                unsafe { self.spend() }
                Poll::Ready(Some(value))
            }
            Simply::Pending => self.poll_suspended(cx),
            Simply::More(more) => self.poll_cleanup(cx, more),
        }
    }

    /// Any poll but the first one, where there is more to look at.
    #[inline(never)]
    fn poll_on(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let term = self.as_mut().term();
        if term.is_expired() {
            return self.poll_expired(cx);
        }
        let first = !term.has_begun();
        // The deadline is looked at before the future, so that it wins ties; but the future runs up to
        // its first suspension in any case. The handle tells the deadline from the beginning.
        let overdue = (!first || handle(&term.options).is_some()) && term.is_overdue(cx);
        let passes = overdue && !first || term.stage == Stage::NeverStarts;
        if passes && self.as_mut().scope().is_running() {
            if ends_here(cx) {
                return Poll::Pending;
            }
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => self.finish(value),
            Poll::Pending => self.poll_suspended(cx),
        }
    }

    /// Awaits the cleanup of a future that was dropped, for as long as the grace limit lets it.
    #[cold]
    fn poll_expired(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.as_mut().project();
        if this.term.is_cleanup_overdue(cx) {
            this.scope.stop();
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => self.finish(value),
            Poll::Pending => self.poll_pending(),
        }
    }

    /// It has come to this: nothing, if it has run out.
    fn finish(self: Pin<&mut Self>, value: Option<F::Output>) -> Poll<Option<F::Output>> {
        if let Some(handle) = handle(&self.term().options) {
            handle.finish();
        }
        Poll::Ready(value)
    }
}

/// Whether the task has cancelled itself: it ends where it suspends next, and a limit of no time comes after that.
#[cold]
fn ends_here(cx: &Context<'_>) -> bool {
    let ends = current::header().is_some_and(|header| header.is_cancel_due());
    if ends {
        cx.waker().wake_by_ref(); // where that comes too late to have an effect, it is the limit's turn
    }
    ends
}

/// Whether an outer deadline has passed as well: it is its turn then. Where it does not end this task, as it was
/// another that set it, this one has its own with the next poll.
#[cold]
fn outer_goes_first(cx: &Context<'_>) -> bool {
    let passed = current::deadline().is_some_and(|at| at <= Instant::now());
    if passed {
        cx.waker().wake_by_ref();
    }
    passed
}
