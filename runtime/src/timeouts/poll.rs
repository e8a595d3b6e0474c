//! How a time limit is polled.

use super::options::handle;
use super::parts::{Parts, Stage};
use crate::TimeoutError;
use crate::graph::{self, poll_branch};
use crate::spared::Spared;
use crate::tasks::current::{self, Deadline, under_deadline};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::Instant;

impl<F: Future> Parts<F> {
    /// The first poll of all. A future that is ready at once needs neither a timer nor the time.
    #[inline(always)]
    pub(super) fn poll_first(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        let this = self.project();
        *this.stage = Stage::Unset;
        let deadline = &*this.limit;
        this.scope
            .poll_first(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
    }

    fn poll_scope(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if graph::is_on() {
            return self.poll_scope_watched(cx);
        }
        self.poll_scope_unwatched(cx)
    }

    // Cleanup is not under the deadline.
    #[inline]
    fn poll_scope_unwatched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        let deadline = &*this.limit;
        this.scope
            .poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
    }

    /// The same, where introspection is on.
    #[cold]
    #[inline(never)]
    fn poll_scope_watched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        let (deadline, scope) = (&*this.limit, this.scope);
        let node = &mut this.options.get_or_insert().node;
        poll_branch(true, node, 0, cx.waker(), |cx| {
            scope.poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
        })
    }

    /// The future has suspended.
    #[inline(never)]
    pub(super) fn poll_suspended(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let first = self.stage != Stage::Set;
        let overdue = self.scope.is_running()
            && match first {
                true => self.as_mut().poll_timer_first(cx),
                false => self.as_mut().poll_timer(cx),
            };
        if overdue && !ends_here(cx) && !(first && outer_goes_first(cx)) {
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        if graph::is_on() {
            self.note_wait();
        }
        Poll::Pending
    }

    /// Any poll but the first one.
    #[inline(never)]
    pub(super) fn poll_again(
        mut parts: Pin<&mut Spared<Self>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let mut polled = parts.as_mut().get_pinned();
        let goes_on = polled.options.get().is_none() && !graph::is_on();
        let due = polled.due().filter(|_| goes_on);
        // The deadline is looked at before the future, so that it wins ties.
        if due.is_none_or(|at| polled.alarm.rang(at)) {
            return polled.poll_on(cx);
        }
        match polled.as_mut().poll_scope_unwatched(cx) {
            Poll::Ready(Some(value)) => {
                polled.as_mut().project().alarm.put_off();
                if polled.is_empty() {
                    // SAFETY: the future was dropped, and there is no timer, nor are there options.
                    unsafe { parts.spare() }
                }
                Poll::Ready(Ok(value))
            }
            Poll::Ready(None) => Poll::Ready(polled.finish(None)),
            Poll::Pending => polled.poll_suspended(cx),
        }
    }

    /// Any poll but the first one, where there is more to look at.
    #[inline(never)]
    fn poll_on(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        if self.is_expired() {
            return self.poll_expired(cx);
        }
        let first = self.started.is_none();
        // The deadline is looked at before the future, so that it wins ties; but the future runs up to
        // its first suspension in any case. The handle tells the deadline from the beginning.
        let overdue = (!first || handle(&self.options).is_some()) && self.as_mut().is_overdue(cx);
        if (overdue && !first || self.stage == Stage::NeverStarts) && self.scope.is_running() {
            if ends_here(cx) {
                return Poll::Pending;
            }
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => Poll::Ready(self.finish(value)),
            Poll::Pending => self.poll_suspended(cx),
        }
    }

    /// Awaits the cleanup of a future that was dropped, for as long as the grace limit lets it.
    #[cold]
    fn poll_expired(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let this = self.as_mut().project();
        let ends = this
            .options
            .get_mut()
            .and_then(|options| options.ends.as_mut());
        if ends.is_some_and(|ends| ends.poll(cx).is_ready()) {
            this.options.get_or_insert().ends = None;
            this.scope.stop();
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => Poll::Ready(self.finish(value)),
            Poll::Pending => {
                if graph::is_on() {
                    self.note_wait();
                }
                Poll::Pending
            }
        }
    }

    pub(super) fn finish(
        self: Pin<&mut Self>,
        value: Option<F::Output>,
    ) -> Result<F::Output, TimeoutError> {
        if let Some(handle) = handle(&self.options) {
            handle.finish();
        }
        if value.is_none() {
            assert!(
                self.stage == Stage::Expired,
                "a time limit was polled again after it was done"
            );
        }
        value.ok_or_else(|| {
            let this = self.project();
            *this.stage = Stage::Over;
            let started = this.started.unwrap_or_else(Instant::now);
            TimeoutError::new(match *this.limit {
                Deadline::Within(limit) => limit,
                Deadline::At(at) => at.saturating_duration_since(started),
            })
        })
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
