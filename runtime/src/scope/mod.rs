//! Cancellation with cleanup that awaits.
//!
//! See the chapter on cancellation in the crate's documentation for the model. The parts:
//!
//! | file | what |
//! |---|---|
//! | `guard` | `finally`: the guard, which hands its future over when dropped |
//! | `with` | `AsyncExit`, `with`, `enter`: resources on top of that |
//! | `frame` | the innermost scope of this place, and the hand-over to it |
//! | `drain` | what a combinator embeds to be a scope |
//! | `state` | the word that this takes |
//! | `pending` | what was handed over to one scope, and how it runs |
//! | `order` | which cleanup waits for which |
//! | `orphan`, `inbox` | cleanup that has no scope |
//! | `report` | what is said when one is lost |

mod drain;
mod frame;
mod guard;
#[cfg(feature = "tokio")]
mod inbox;
mod order;
#[cfg(feature = "tokio")]
mod orphan;
#[cfg(not(feature = "tokio"))]
#[path = "orphan_off.rs"]
mod orphan;
mod pending;
pub(crate) mod report;
mod state;
mod with;

/// What the model checker replaces.
#[cfg(feature = "tokio")]
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard};
}

pub(crate) use drain::Drain;
pub(crate) use frame::{Branches, Tag, Tagged, hand_over_panic, in_branch};
pub(crate) use guard::were_made as guards_were_made;
pub use guard::{Finally, FinallyLocal, finally, finally_local};
pub use with::{AsyncExit, AsyncGuard, Exit, LocalAsyncExit, WithBody, enter, with, with_local};

#[cfg(feature = "tokio")]
pub(crate) use {frame::outside, guard::finally_at, orphan::orphans_done};

use crate::Awaitable;
use crate::place::Place;
use frame::within;
use pending::Payload;
pub(crate) use pending::keep;
use pin_project_lite::pin_project;
use state::{Body, State};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A body, and the cleanup that it hands over: what [`scope`] makes.
    ///
    /// Polls to `None` if the body was cancelled.
    pub(crate) struct Scope<F: Future> {
        // The future while the body is `Running`; what it gave while that is `Kept`; else nothing. It is
        // said to be gone before it is dropped or taken out.
        #[pin]
        place: Place<F, F::Output>,
        // With the first panic, of the body too. Its state says what is in the place.
        drain: Drain,
    }

    impl<F: Future> PinnedDrop for Scope<F> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if this.body() != Body::Gone {
                this.abandon();
            }
        }
    }
}

/// What a poll of a scope came to that takes no more than most.
#[cfg(feature = "tokio")]
pub(crate) enum Simply<T> {
    Pending,
    Value(T),
    /// It has to be polled on.
    More(More),
}

/// What is left to do in a poll.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum More {
    All,
    /// The body was polled.
    Cleanup,
}

impl<F: Future> Scope<F> {
    /// Dropped before the body or the cleanup is done.
    #[cold]
    #[inline(never)]
    fn abandon(mut self: Pin<&mut Self>) {
        self.as_mut().cancel();
        drop(self.take_value());
    }

    #[inline]
    pub(crate) fn new(body: F) -> Self {
        Scope {
            place: Place::new(body),
            drain: Drain::new(),
        }
    }

    /// A scope that never leaves its thread, for cleanup that is not `Send`.
    #[inline]
    pub(crate) fn pinned(body: F) -> Self {
        Scope {
            place: Place::new(body),
            drain: Drain::of(State::pinned()),
        }
    }

    #[inline]
    fn body(&self) -> Body {
        self.drain.state.body()
    }

    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.body() == Body::Running
    }

    /// Whether the body runs, and there never was any cleanup.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn is_fresh(self: Pin<&mut Self>) -> bool {
        self.project().drain.state.is_fresh()
    }

    /// Whether there is nothing left in it: it has given its value, and there never was any cleanup.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.drain.state.is_spent()
    }

    /// Drops the body; its cleanup runs as this is polled on. No effect once the body is gone.
    pub(crate) fn cancel(self: Pin<&mut Self>) {
        let this = self.project();
        if this.drain.state.body() != Body::Running {
            return;
        }
        this.drain.state.set_body(Body::Gone);
        let place = this.place;
        // SAFETY: it was running, and no longer is.
        let drop_future = || unsafe { place.drop_future() };
        let dropped = this.drain.drop_within(drop_future);
        if let Err(payload) = dropped {
            this.drain.keep_panic(payload);
        }
    }

    /// Interrupts the cleanup that is running, as a second `cancel()` does.
    pub(crate) fn interrupt(self: Pin<&mut Self>) {
        self.project().drain.interrupt();
    }

    /// Ends all of it at once: body and cleanup are dropped, and reported.
    pub(crate) fn stop(mut self: Pin<&mut Self>) {
        self.as_mut().cancel();
        self.project().drain.stop(report::Loss::Stopped);
    }

    /// Polls a body that runs, on a loop of ours or in one of Tokio's tasks. When it gives its value, it is gone.
    #[inline(always)]
    fn poll_body(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Option<F::Output> {
        let this = self.as_mut().project();
        let mut place = this.place;
        let state = &this.drain.state;
        let mut value = None;
        let polled = within(state, on_loop, |frame| {
            catch_unwind(AssertUnwindSafe(|| {
                // SAFETY: it is running.
                let future = unsafe { place.as_mut().future() };
                if let Poll::Ready(output) = poll(future, cx) {
                    // It stands: from here on neither a deadline nor a cancellation takes it away.
                    value = Some(output);
                    if std::mem::needs_drop::<F>() {
                        frame.begin_drop();
                    }
                    state.set_body(Body::Gone);
                    // SAFETY: it was running, and no longer is.
                    unsafe { place.drop_future() }
                }
            }))
        });
        if let Err(payload) = polled {
            this.drain.keep_panic(payload);
            self.cancel();
        }
        value
    }

    /// Polls it where the body runs, and there never was any cleanup. A panic is given as a value.
    #[inline(always)]
    fn poll_fresh(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        debug_assert!(self.drain.state.is_fresh());
        let value = self.as_mut().poll_body(cx, false, poll);
        if self.drain.state.has_pending() {
            self.as_mut().keep_value(value);
            return self.end_poll(cx);
        }
        match value {
            Some(value) => Poll::Ready(Ok(Some(value))),
            None => Poll::Pending, // it runs: had it panicked, that would be pending
        }
    }

    /// The first poll of all, by means of `poll`.
    #[inline(always)]
    pub(crate) fn poll_first(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Poll<Option<F::Output>> {
        resumed(self.poll_fresh(cx, poll))
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

    /// Polls all of it; a panic is given as a value.
    #[inline(always)]
    fn poll_caught(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        if self.drain.state.is_fresh() {
            self.poll_fresh(cx, F::poll)
        } else {
            self.poll_rest(cx)
        }
    }

    /// Polls it if the body runs, and there never was any cleanup; that is on a loop of ours or elsewhere.
    #[cfg(feature = "tokio")]
    #[inline(always)]
    pub(crate) fn poll_simply(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
    ) -> Simply<F::Output> {
        if !self.drain.state.is_fresh() {
            return Simply::More(More::All);
        }
        let value = self.as_mut().poll_body(cx, on_loop, F::poll);
        if self.drain.state.has_pending() {
            self.keep_value(value);
            return Simply::More(More::Cleanup);
        }
        match value {
            Some(value) => Simply::Value(value),
            None => Simply::Pending, // it runs: had it panicked, that would be pending
        }
    }

    /// Goes on where [`poll_simply`](Self::poll_simply) did not. A panic is given as a value.
    #[cfg(feature = "tokio")]
    pub(crate) fn poll_on(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
        more: More,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        match more {
            More::All => self.poll_caught_with(cx, on_loop, F::poll),
            More::Cleanup => self.end_poll(cx),
        }
    }

    /// The same where there is cleanup, or no body. Less is known, and it is not inlined.
    #[inline(never)]
    fn poll_rest(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        self.poll_caught_with(cx, false, F::poll)
    }

    #[inline]
    fn poll_caught_with(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        on_loop: bool,
        poll: impl FnOnce(Pin<&mut F>, &mut Context<'_>) -> Poll<F::Output>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        if self.drain.state.has_pending() {
            self.as_mut().begin_poll(cx);
        }
        let mut value = None;
        if self.is_running() {
            value = self.as_mut().poll_body(cx, on_loop, poll);
        }
        if self.drain.state.has_pending() {
            self.as_mut().keep_value(value);
            return self.end_poll(cx);
        }
        match self.body() {
            Body::Running => Poll::Pending,
            Body::Gone => Poll::Ready(Ok(value)),
            Body::Kept => Poll::Ready(Ok(self.take_value())),
        }
    }

    /// Where there is cleanup, before the body is polled.
    #[cold]
    #[inline(never)]
    fn begin_poll(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        // In turns, so that neither can use up the other's share of Tokio's budget. Without a body it is the turn
        // of `end_poll` alone: what yields in a cleanup is not to be polled twice.
        let is_running = self.is_running();
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

    /// Where there is cleanup, after the body was polled and gave `value`.
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
    fn end_poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        let this = self.as_mut().project();
        let drained = this.drain.poll_quietly(cx);
        if this.drain.state.body() == Body::Running || drained.is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.take_end())
    }

    /// The value, if one is kept.
    fn take_value(self: Pin<&mut Self>) -> Option<F::Output> {
        let this = self.project();
        if this.drain.state.body() != Body::Kept {
            return None;
        }
        this.drain.state.set_body(Body::Gone);
        // SAFETY: it was kept, and no longer is.
        Some(unsafe { this.place.take() })
    }

    /// What it came to: a value, nothing if it was cancelled, or the first panic.
    pub(crate) fn take_end(mut self: Pin<&mut Self>) -> Result<Option<F::Output>, Payload> {
        let value = self.as_mut().take_value();
        match self.project().drain.take_panic() {
            None => Ok(value),
            Some(payload) => {
                drop_quietly(value);
                Err(payload)
            }
        }
    }
}

/// Goes on with a panic.
#[inline]
fn resumed<T>(polled: Poll<Result<T, Payload>>) -> Poll<T> {
    polled.map(|end| end.unwrap_or_else(|payload| resume_unwind(payload)))
}

/// A panic is on its way already.
fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        report::panic("a value, when dropped,", &*payload);
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        resumed(self.poll_caught(cx))
    }
}

pin_project! {
    /// The future of [`scope`].
    #[must_use = "`scope` does nothing until you `.await` it"]
    pub struct ScopeFuture<F: Future> {
        #[pin]
        scope: Scope<F>,
    }
}

impl<F: Future> fmt::Debug for ScopeFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeFuture")
            .field("running", &self.scope.is_running())
            .finish()
    }
}

impl<F: Future> Future for ScopeFuture<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let done = std::task::ready!(self.project().scope.poll(cx));
        Poll::Ready(done.expect("`scope` was polled again after it was done"))
    }
}

/// Runs a future as a cleanup scope: it is not done before the cleanup is done that guards inside of
/// it handed over.
///
/// Tasks, time-outs, [`gather!`](crate::gather!), [`wait_first!`](crate::wait_first!) and
/// task groups of this crate are scopes by themselves. `scope` is for the places where a future is
/// run by somebody else: the body of a `#[tokio::main]`, a handler of a web framework.
///
/// # Cancellation
///
/// Dropped before it is done, it drops the future and hands all cleanup over to the next scope
/// outwards; with none, to a task on the running Tokio runtime.
///
/// # Panics
///
/// A panic of the future or of a cleanup is resumed once all cleanup is done.
///
/// # Examples
///
/// ```
/// use asyncio::{finally, scope};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() {
///     let (done, is_done) = tokio::sync::oneshot::channel();
///     scope(async {
///         let _guard = finally(async move {
///             tokio::task::yield_now().await;
///             done.send("cleaned").unwrap();
///         });
///     })
///     .await;
///     assert_eq!(is_done.await.unwrap(), "cleaned");
/// }
/// ```
pub fn scope<F: Awaitable<K>, K>(future: F) -> ScopeFuture<F::Future> {
    ScopeFuture {
        scope: Scope::new(future.into_awaited()),
    }
}
