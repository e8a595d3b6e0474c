//! Cancellation with cleanup that awaits.
//!
//! See the chapter on cancellation in the crate's documentation for the model. The parts:
//!
//! | file | what |
//! |---|---|
//! | `guard` | `finally`: the guard, which hands its future over when dropped |
//! | `with` | `AsyncExit`, `with`, `enter`: resources on top of that |
//! | `frame` | the innermost scope of this place, and the hand-over to it |
//! | `pending` | what was handed over to one scope, and how it runs |
//! | `order` | which cleanup waits for which |
//! | `orphan` | cleanup that has no scope |
//! | `report` | what is said when one is lost |

mod frame;
mod guard;
mod order;
mod orphan;
mod pending;
pub(crate) mod report;
mod with;

pub(crate) use frame::{in_branch, poll_branch};
pub use guard::{Finally, FinallyLocal, finally, finally_local};
pub use with::{AsyncExit, AsyncGuard, Exit, LocalAsyncExit, enter, with, with_local};

#[cfg(feature = "tokio")]
pub(crate) use orphan::orphans_done;

use frame::{Mode, within};
use pending::{Payload, Pending, drain, keep};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a combinator embeds to be a scope for the children that it drops. One word; nothing is
/// allocated before a guard hands something over.
#[derive(Default)]
pub(crate) struct Drain {
    pending: Option<Box<Pending>>,
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("idle", &self.is_idle())
            .finish()
    }
}

impl Drain {
    pub(crate) const fn new() -> Self {
        Drain { pending: None }
    }

    /// Whether there is no cleanup to drive.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending
            .as_ref()
            .is_none_or(|pending| pending.is_empty() && pending.panic.is_none())
    }

    /// Runs `drop_children` as one drop episode with this as the innermost scope: the cleanup that is
    /// handed over in there is kept here. A panic in there is kept too, and resumed by `poll`.
    pub(crate) fn collect(&mut self, drop_children: impl FnOnce()) {
        if let Err(payload) = self.drop_within(false, drop_children) {
            keep(
                &mut self.pending.get_or_insert_with(Box::default).panic,
                payload,
            );
        }
    }

    /// Drives the cleanup; `Ready` once it is all done. Resumes the first panic then.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.poll_quietly(false, cx).is_pending() {
            return Poll::Pending;
        }
        match self.take_panic() {
            Some(payload) => resume_unwind(payload),
            None => Poll::Ready(()),
        }
    }

    fn drop_within(&mut self, pinned: bool, drop_children: impl FnOnce()) -> Result<(), Payload> {
        if let Some(pending) = &mut self.pending {
            pending.begin(true);
        }
        within(
            &mut self.pending,
            Mode {
                pinned,
                one_drop: true,
            },
            || catch_unwind(AssertUnwindSafe(drop_children)),
        )
    }

    /// As `poll`, but keeps a panic for `take_panic`.
    fn poll_quietly(&mut self, pinned: bool, cx: &mut Context<'_>) -> Poll<()> {
        drain(&mut self.pending, pinned, cx);
        match &self.pending {
            Some(pending) if !pending.is_empty() => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }

    fn take_panic(&mut self) -> Option<Payload> {
        self.pending
            .as_mut()
            .and_then(|pending| pending.panic.take())
    }

    /// Drops what runs now; what waited for it starts.
    fn interrupt(&mut self, pinned: bool) {
        let Some(pending) = &mut self.pending else {
            return;
        };
        pending.begin(false);
        let running = pending.take_running();
        within(
            &mut self.pending,
            Mode {
                pinned,
                one_drop: false,
            },
            || {
                running.into_iter().for_each(pending::Item::discard);
            },
        );
    }

    /// Drops everything, says what it was, and takes no more.
    fn stop(&mut self, pinned: bool) {
        self.pending.get_or_insert_with(Box::default).closed = true;
        while let Some(pending) = self.pending.as_mut().filter(|pending| !pending.is_empty()) {
            let items = pending.take_items();
            within(
                &mut self.pending,
                Mode {
                    pinned,
                    one_drop: false,
                },
                || {
                    items
                        .into_iter()
                        .for_each(|item| item.lost(report::Loss::Stopped));
                },
            );
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        let Some(pending) = &mut self.pending else {
            return;
        };
        let items = pending.take_items();
        let panic = pending.panic.take();
        if !items.is_empty() {
            frame::hand_over(items);
        }
        match panic {
            Some(payload) if std::thread::panicking() => report::panic("a cleanup", &*payload),
            Some(payload) => resume_unwind(payload),
            None => {}
        }
    }
}

pin_project! {
    /// A body, and the cleanup that it hands over: what [`scope`] makes.
    ///
    /// Polls to `None` if the body was cancelled.
    pub(crate) struct Scope<F: Future> {
        #[pin]
        body: Option<F>,
        value: Option<F::Output>,
        panic: Option<Payload>,
        drain: Drain,
        // Never leaves its thread: takes cleanup that is not `Send`.
        pinned: bool,
        drain_first: bool,
    }

    impl<F: Future> PinnedDrop for Scope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this;
            this.as_mut().cancel();
            if let Some(payload) = this.project().panic.take() {
                if std::thread::panicking() {
                    report::panic("a cancelled future", &*payload);
                } else {
                    resume_unwind(payload);
                }
            }
        }
    }
}

impl<F: Future> Scope<F> {
    pub(crate) const fn new(body: F) -> Self {
        Scope {
            body: Some(body),
            value: None,
            panic: None,
            drain: Drain::new(),
            pinned: false,
            drain_first: false,
        }
    }

    /// A scope that never leaves its thread, for cleanup that is not `Send`.
    pub(crate) fn pinned(body: F) -> Self {
        let mut scope = Scope::new(body);
        scope.pinned = true;
        scope
    }

    pub(crate) fn is_running(&self) -> bool {
        self.body.is_some()
    }

    /// Drops the body; its cleanup runs as this is polled on. No effect once the body is gone.
    pub(crate) fn cancel(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.body.is_none() {
            return;
        }
        let dropped = this
            .drain
            .drop_within(*this.pinned, || this.body.as_mut().set(None));
        if let Err(payload) = dropped {
            keep(this.panic, payload);
        }
    }

    /// Interrupts the cleanup that is running, as a second `cancel()` does.
    pub(crate) fn interrupt(self: Pin<&mut Self>) {
        let this = self.project();
        this.drain.interrupt(*this.pinned);
    }

    /// Ends all of it at once: body and cleanup are dropped, and reported.
    pub(crate) fn stop(mut self: Pin<&mut Self>) {
        self.as_mut().cancel();
        let this = self.project();
        this.drain.stop(*this.pinned);
    }

    fn poll_body(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.as_mut().project();
        if this.body.is_none() {
            return;
        }
        if let Some(pending) = &mut this.drain.pending {
            pending.begin(false);
        }
        let mode = Mode {
            pinned: *this.pinned,
            one_drop: false,
        };
        let polled = within(&mut this.drain.pending, mode, || {
            catch_unwind(AssertUnwindSafe(|| {
                this.body.as_pin_mut().map(|body| body.poll(cx))
            }))
        });
        match polled {
            Ok(None | Some(Poll::Pending)) => return,
            Ok(Some(Poll::Ready(value))) => *this.value = Some(value),
            Err(payload) => keep(this.panic, payload),
        }
        // The value stands: from here on neither a deadline nor a cancellation can take it away.
        self.cancel();
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // In turns, so that neither can use up the other's share of Tokio's budget.
        let drain_first = self.drain_first;
        *self.as_mut().project().drain_first = !drain_first;
        if drain_first {
            let this = self.as_mut().project();
            let _ = this.drain.poll_quietly(*this.pinned, cx);
        }
        self.as_mut().poll_body(cx);
        let this = self.project();
        let drained = this.drain.poll_quietly(*this.pinned, cx);
        if this.body.is_some() || drained.is_pending() {
            return Poll::Pending;
        }
        let cleanup = this.drain.take_panic();
        match (this.panic.take(), cleanup) {
            (Some(payload), later) => {
                if let Some(later) = later {
                    report::panic("a cleanup", &*later);
                }
                drop(this.value.take());
                resume_unwind(payload)
            }
            (None, Some(payload)) => {
                drop(this.value.take());
                resume_unwind(payload)
            }
            (None, None) => Poll::Ready(this.value.take()),
        }
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let done = std::task::ready!(self.project().scope.poll(cx));
        Poll::Ready(done.expect("`scope` polled after completion"))
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
pub fn scope<F: IntoFuture>(future: F) -> ScopeFuture<F::IntoFuture> {
    ScopeFuture {
        scope: Scope::new(future.into_future()),
    }
}
