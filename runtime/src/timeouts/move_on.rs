//! `move_on_after`: a time limit without an error.

use super::{Timeout, timeout};
use crate::{Awaitable, IntoDuration};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Leaves a future when the time is over, without an error: Trio's `move_on_after`.
///
/// `None` if the limit passed first. Else as [`timeout`](timeout()).
///
/// # Examples
///
/// ```
/// use asyncio::{move_on_after, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     assert_eq!(move_on_after(0.01, sleep(60)).await, None);
///     assert_eq!(move_on_after(60, async { 7 }).await, Some(7));
/// }
/// ```
#[track_caller]
pub fn move_on_after<F: Awaitable<K>, K>(limit: impl IntoDuration, future: F) -> MoveOn<F::Future> {
    MoveOn {
        timeout: timeout(limit, future),
    }
}

pin_project! {
    /// The future of [`move_on_after`].
    #[must_use = "`move_on_after` does nothing until you `.await` it"]
    #[derive(Debug)]
    pub struct MoveOn<F: Future> {
        #[pin]
        timeout: Timeout<F>,
    }
}

impl<F: Future> Future for MoveOn<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.project().timeout.poll(cx).map(Result::ok)
    }
}
