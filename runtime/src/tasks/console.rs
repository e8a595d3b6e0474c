//! How tokio-console sees tasks: under their own names, also on our loop, of which Tokio knows nothing.
//!
//! Only with the feature `tokio-console`, and where Tokio's unstable parts are compiled.

use super::Header;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::Handle;
use tokio::task::Builder;
use tracing::{Span, trace, trace_span};

/// Whether tasks are shown.
pub(crate) const SHOWS: bool = true;

/// Runs a task on a runtime of Tokio's.
#[track_caller]
pub(super) fn spawn(
    runtime: &Handle,
    header: &Header,
    root: impl Future<Output = ()> + Send + 'static,
) {
    let spawned = Builder::new().name(&header.name()).spawn_on(root, runtime);
    drop(spawned.expect("Tokio's builder gives no error"));
}

/// The same, on this thread.
#[track_caller]
pub(super) fn spawn_local(header: &Header, root: impl Future<Output = ()> + 'static) {
    let spawned = Builder::new().name(&header.name()).spawn_local(root);
    drop(spawned.expect("Tokio's builder gives no error"));
}

pin_project! {
    /// A task of a loop of ours, as Tokio's `Instrumented` shows its own.
    pub(super) struct Shown<F> {
        #[pin]
        root: F,
        span: Span,
        waker: Option<(Arc<Wakes>, Waker)>,
    }
}

/// A task for a loop of ours.
pub(super) fn shown<F>(header: &Header, root: F) -> Shown<F> {
    let span = trace_span!(
        target: "tokio::task",
        parent: None,
        "runtime.spawn",
        kind = %"asyncio",
        task.name = %header.name(),
        task.id = header.id.number(),
        size.bytes = size_of::<F>(),
        loc.file = header.location.file(),
        loc.line = header.location.line(),
        loc.col = header.location.column(),
    );
    let waker = None;
    Shown { root, span, waker }
}

impl<F: Future> Future for Shown<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(id) = this.span.id() else {
            return this.root.poll(cx);
        };
        let id = id.into_u64();
        let _entered = this.span.enter();
        // A task keeps the waker of its first poll.
        let (_, waker) = match this.waker {
            Some(kept) if kept.0.inner.will_wake(cx.waker()) => kept,
            kept => {
                let wakes = Arc::new(Wakes::new(id, cx.waker()));
                kept.insert((Arc::clone(&wakes), Waker::from(wakes)))
            }
        };
        this.root.poll(&mut Context::from_waker(waker))
    }
}

/// Says when a task is woken. All its clones count as one.
struct Wakes {
    span: u64,
    inner: Waker,
}

impl Wakes {
    fn new(span: u64, waker: &Waker) -> Self {
        trace!(target: "tokio::task::waker", op = "waker.clone", task.id = span);
        Wakes {
            span,
            inner: waker.clone(),
        }
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        trace!(target: "tokio::task::waker", op = "waker.wake_by_ref", task.id = self.span);
        self.inner.wake_by_ref();
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        trace!(target: "tokio::task::waker", op = "waker.drop", task.id = self.span);
    }
}
