//! `sleep`.

use crate::{IntoDuration, graph};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Waits: `asyncio.sleep`.
///
/// Takes a [`Duration`] or a number of seconds; the resolution is a millisecond. Zero or less lets
/// every other task that is ready run once, and takes no time: `asyncio.sleep(0)`. The time counts from
/// the first poll.
///
/// # Cancellation
///
/// Dropping it is all there is to do.
///
/// # Panics
///
/// If the duration is NaN, and when polled outside of a Tokio runtime.
///
/// # Examples
///
/// ```
/// use asyncio::sleep;
/// use std::time::{Duration, Instant};
///
/// #[asyncio::main]
/// async fn main() {
///     let start = Instant::now();
///     sleep(0.02).await;
///     sleep(Duration::from_millis(10)).await;
///     assert!(start.elapsed() >= Duration::from_millis(30));
/// }
/// ```
#[track_caller]
pub fn sleep(delay: impl IntoDuration) -> Sleep {
    Sleep {
        delay: delay.into_duration(),
        yielded: false,
        timer: None,
    }
}

pin_project! {
    /// The future of [`sleep`].
    #[must_use = "`sleep` does nothing until you `.await` it"]
    pub struct Sleep {
        delay: Duration,
        yielded: bool,
        #[pin]
        timer: Option<tokio::time::Sleep>,
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.delay.is_zero() {
            return yield_once(this.yielded, cx);
        }
        loop {
            if let Some(timer) = this.timer.as_mut().as_pin_mut() {
                let until = timer.deadline();
                let polled = graph::uncounted(|| timer.poll(cx));
                if polled.is_pending() && graph::is_on() {
                    graph::wait(graph::Entry::Timer(until));
                }
                return polled;
            }
            let timer = tokio::time::sleep(*this.delay);
            this.timer.set(Some(timer));
        }
    }
}

fn yield_once(yielded: &mut bool, cx: &Context<'_>) -> Poll<()> {
    if std::mem::replace(yielded, true) {
        return Poll::Ready(());
    }
    cx.waker().wake_by_ref();
    if graph::is_on() {
        graph::wait(graph::Entry::Turn);
    }
    Poll::Pending
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
