//! A scope for a future that somebody else runs.

use super::Scope;
use crate::Awaitable;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

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
            .field("running", &self.scope.shows_running())
            .finish()
    }
}

impl<F: Future> Future for ScopeFuture<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.project().scope.poll(cx);
        polled.map(|value| value.expect("`scope` was polled again after it was done"))
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
