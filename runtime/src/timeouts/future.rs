//! The future of a time limit.

use super::TimeoutHandle;
use super::options::Options;
use super::parts::Parts;
use super::term::Stage;
use crate::graph;
use crate::scope::Simply;
use crate::spared::Spared;
use crate::tasks::current::Deadline;
use crate::{IntoDuration, TimeoutError};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pin_project! {
    /// The future of [`timeout`](crate::timeout()), [`timeout_at`](crate::timeout_at) and [`wait_for`](crate::wait_for).
    #[must_use = "a time limit does nothing until you `.await` it"]
    pub struct Timeout<F: Future> {
        #[pin]
        parts: Spared<Parts<F>>,
    }
}

impl<F: Future> Timeout<F> {
    #[track_caller]
    #[inline]
    pub(super) fn new(limit: Deadline, future: F) -> Self {
        Timeout {
            parts: Spared::new(Parts::new(limit, future)),
        }
    }

    /// Has it run out before the future is polled at all.
    pub(super) fn never_start(&mut self) {
        self.parts.get_mut().term.never_start();
    }

    /// Limits the cleanup after the time-out: what has not ended by then is dropped, and reported.
    pub fn grace(mut self, limit: impl IntoDuration) -> Self {
        self.options().grace = Some(limit.into_duration());
        self
    }

    /// Lets `handle` see and move the deadline.
    pub fn with_handle(mut self, handle: &TimeoutHandle) -> Self {
        if let Deadline::At(at) = self.parts.get_mut().term.limit {
            handle.control.lock().when = Some(at);
        }
        self.options().handle = Some(Arc::clone(&handle.control));
        self
    }

    fn options(&mut self) -> &mut Options {
        self.parts.get_mut().term.options()
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimeoutError>;

    // It is awaited in one place: there is nothing to share. What it comes to is in registers up to here, if it is small: a
    // result that is written in parts and then read as a whole is waited for.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut parts = self.project().parts.get_pinned();
        let polled = if parts.as_mut().term().stage != Stage::Fresh || graph::is_on() {
            parts.as_mut().poll_again(cx)
        } else {
            // A future that is ready at once needs neither a timer nor the time.
            match parts.as_mut().poll_fresh(cx) {
                Simply::Value(value) => {
                    // SAFETY: the future was dropped. There is no alarm, nor are there options.
                    unsafe { parts.spend() }
                    return Poll::Ready(Ok(value));
                }
                Simply::Pending => parts.as_mut().poll_suspended_first(cx),
                Simply::More(more) => parts.as_mut().poll_cleanup(cx, more),
            }
        };
        match polled {
            Poll::Ready(Some(value)) => Poll::Ready(Ok(value)),
            Poll::Ready(None) => Poll::Ready(Err(parts.term().error())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F: Future> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = &self.parts.get().term;
        f.debug_struct("Timeout")
            .field("limit", &term.limit)
            .field("expired", &term.is_expired())
            .finish()
    }
}
