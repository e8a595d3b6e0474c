//! A future that runs in a context.

use super::Context;
use super::current::{self, Entered};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

pin_project! {
    /// The future of [`Context::scope`].
    #[must_use = "it does nothing until you `.await` it"]
    pub struct InContext<F> {
        #[pin]
        future: Option<F>,
        // Not here while it is the one in force.
        context: Entered,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            // The destructors of the future see their variables as well.
            let mut this = this.project();
            if std::mem::needs_drop::<F>() && this.future.is_some() {
                current::within(this.context, || this.future.set(None));
            }
        }
    }
}

impl<F> InContext<F> {
    pub(super) const fn new(future: F, context: Context) -> Self {
        InContext {
            future: Some(future),
            context: Entered::of(Some(context)),
        }
    }

    /// For a child that runs inside of its creator's task: in a copy of the context here.
    pub(crate) fn inherit(future: F) -> Self {
        InContext {
            future: Some(future),
            context: Entered::inherit(),
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future.as_pin_mut();
        let future = future.expect("the future is there until it is dropped");
        current::within(this.context, || future.poll(cx))
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
