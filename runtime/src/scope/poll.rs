//! How a scope is polled.

use super::Scope;
use super::frame::{Around, within};
use super::pending::Payload;
use super::state::Body;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a poll of a scope came to that takes no more than most.
pub(crate) enum Simply<T> {
    Pending,
    Value(T),
    /// It has to be polled on.
    More(More),
}

/// What is left to do in a poll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum More {
    All,
    /// The body was polled.
    Cleanup,
}

/// What a scope came to.
type End<T> = Result<Option<T>, Payload>;

impl<F: Future> Scope<F> {
    /// Polls a body that runs. When it gives its value, it is gone.
    #[inline(always)]
    fn poll_body(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        around: Around,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Option<F::Output> {
        let this = self.as_mut().project();
        let mut place = this.place;
        let state = &this.drain.state;
        let mut value = None;
        let polled = within(state, around, |within| {
            catch_unwind(AssertUnwindSafe(|| {
                // SAFETY: it is running.
                let future = unsafe { place.as_mut().future() };
                if let Poll::Ready(output) = poll(future, cx) {
                    // It stands: from here on neither a deadline nor a cancellation takes it away.
                    value = Some(output);
                    if std::mem::needs_drop::<F>() {
                        within.begin_drop(state);
                    }
                    state.end_body();
                    // SAFETY: it was running, and no longer is.
                    unsafe { place.drop_future() }
                }
            }))
        });
        if let Err(payload) = polled {
            self.end_with(payload);
        }
        value
    }

    /// Polls it where the body runs, and there never was any cleanup.
    #[inline(always)]
    pub(crate) fn poll_fresh(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Simply<F::Output> {
        debug_assert!(self.as_mut().is_fresh());
        let value = self.as_mut().poll_body(cx, Around::Any, poll);
        self.after_body(value)
    }

    /// The body of one that was fresh was polled, and gave this.
    #[inline(always)]
    fn after_body(mut self: Pin<&mut Self>, value: Option<F::Output>) -> Simply<F::Output> {
        // First whether there is a value, which is known on either way that leads here.
        match value {
            Some(value) if self.as_mut().state().has_pending() => {
                self.keep_value(Some(value));
                Simply::More(More::Cleanup)
            }
            Some(value) => Simply::Value(value),
            None if self.as_mut().state().has_pending() => Simply::More(More::Cleanup),
            None => Simply::Pending, // it runs: had it panicked, that would be pending
        }
    }

    /// Polls all of it, the body by means of `poll`.
    #[inline]
    pub(crate) fn poll_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Poll<Option<F::Output>> {
        resumed(self.poll_caught_with(cx, false, poll))
    }

    /// Polls it if the body runs, and there never was any cleanup.
    #[inline(always)]
    pub(crate) fn poll_simply(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Simply<F::Output> {
        if !self.as_mut().is_fresh() {
            return Simply::More(More::All);
        }
        self.poll_fresh(cx, F::poll)
    }

    /// Polls it on a loop of ours, as the scope of a task. A panic of the body comes out of it, for
    /// [`end_with`](Self::end_with).
    ///
    /// # Safety
    ///
    /// It is [fresh](Self::is_fresh).
    // As `poll_body`, but that whoever polls it catches that panic: what is around the place where it is caught saves
    // registers once more, which here is nothing.
    #[inline(always)]
    pub(crate) unsafe fn poll_on_loop(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Simply<F::Output> {
        debug_assert!(self.as_mut().is_fresh());
        let this = self.as_mut().project();
        let (mut place, drain) = (this.place, this.drain);
        let state = &drain.state;
        let mut dropped = Ok(());
        let value = within(state, Around::Nothing, |within| {
            // SAFETY: it is running.
            let future = unsafe { place.as_mut().future() };
            let Poll::Ready(output) = future.poll(cx) else {
                return None;
            };
            // It stands, as in `poll_body`.
            if std::mem::needs_drop::<F>() {
                within.begin_drop(state);
                state.end_body();
                // SAFETY: it was running, and no longer is.
                let drop_future = || unsafe { place.drop_future() };
                dropped = catch_unwind(AssertUnwindSafe(drop_future));
            } else {
                state.end_body();
            }
            Some(output)
        });
        if let Err(payload) = dropped {
            drain.keep_panic(payload);
        }
        self.after_body(value)
    }

    /// The body has panicked: it is dropped. What is left is [polled on](Self::poll_on), for its cleanup.
    pub(crate) fn end_with(mut self: Pin<&mut Self>, panic: Payload) {
        self.as_mut().project().drain.keep_panic(panic);
        self.cancel();
    }

    /// Goes on where [`poll_simply`](Self::poll_simply) did not. A panic is given as a value.
    pub(crate) fn poll_on(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
        more: More,
    ) -> Poll<End<F::Output>> {
        match more {
            More::All => self.poll_caught_with(cx, on_loop, F::poll),
            More::Cleanup => self.end_poll(cx),
        }
    }

    /// The same out of line, elsewhere than on a loop of ours. A panic is resumed.
    #[inline(never)]
    pub(crate) fn poll_rest(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        more: More,
    ) -> Poll<Option<F::Output>> {
        resumed(self.poll_on(cx, false, more))
    }

    #[inline]
    fn poll_caught_with(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Poll<End<F::Output>> {
        if self.as_mut().state().has_pending() {
            self.as_mut().begin_poll(cx);
        }
        let mut value = None;
        if self.as_mut().is_running() {
            let around = if on_loop { Around::Loop } else { Around::Any };
            value = self.as_mut().poll_body(cx, around, poll);
        }
        if self.as_mut().state().has_pending() {
            self.as_mut().keep_value(value);
            return self.end_poll(cx);
        }
        match self.as_mut().state().body() {
            Body::Running => Poll::Pending,
            Body::Gone => Poll::Ready(Ok(value)),
            Body::Kept => Poll::Ready(Ok(self.take_value())),
        }
    }

    /// Where there is cleanup, before the body is polled.
    #[cold]
    #[inline(never)]
    fn begin_poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        // In turns, so that neither can use up the other's share of Tokio's budget. Without a body it is the turn
        // of `end_poll` alone: what yields in a cleanup is not to be polled twice.
        let is_running = self.as_mut().is_running();
        let drain = self.project().drain;
        let Some(pending) = drain.state.get_mut() else {
            return;
        };
        let goes_first = pending.goes_first && is_running;
        pending.goes_first = !goes_first;
        if goes_first {
            let _ = drain.poll_quietly(cx);
        }
        if let Some(pending) = drain.state.get_mut().filter(|_| is_running) {
            pending.begin(false);
        }
    }

    /// Where there is cleanup, after the body was polled: keeps what it gave.
    #[cold]
    #[inline(never)]
    fn keep_value(self: Pin<&mut Self>, value: Option<F::Output>) {
        if let Some(value) = value {
            let this = self.project();
            // SAFETY: the body is gone when it has given its value, so nothing is there.
            unsafe { this.place.put(value) }
            this.drain.state.set_body(Body::Kept);
        }
    }

    /// Where there is cleanup, after the body was polled and what it gave is kept.
    #[cold]
    #[inline(never)]
    fn end_poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End<F::Output>> {
        let this = self.as_mut().project();
        let drained = this.drain.poll_quietly(cx);
        if this.drain.state.body() == Body::Running || drained.is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.take_end())
    }
}

/// Goes on with a panic.
#[inline]
fn resumed<T>(polled: Poll<End<T>>) -> Poll<Option<T>> {
    polled.map(|end| end.unwrap_or_else(|payload| resume_unwind(payload)))
}

impl<F: Future> Future for Scope<F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.as_mut().poll_simply(cx) {
            Simply::Pending => Poll::Pending,
            Simply::Value(value) => Poll::Ready(Some(value)),
            Simply::More(more) => self.poll_rest(cx, more),
        }
    }
}
