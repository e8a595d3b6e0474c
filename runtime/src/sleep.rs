//! `sleep`.

use crate::events::Timer;
use crate::{IntoDuration, graph};
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
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
    let delay = delay.into_duration();
    Sleep(if delay.is_zero() {
        State::NoDelay
    } else {
        State::New(delay)
    })
}

/// The future of [`sleep`].
#[must_use = "`sleep` does nothing until you `.await` it"]
pub struct Sleep(State);

enum State {
    New(Duration),
    /// Zero lasts for one turn of the event loop.
    NoDelay,
    OneTurn,
    // Dropped by hand: what has none, as a sleep(0), needs no more than a look.
    Waiting(ManuallyDrop<Timer>),
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0 {
            State::OneTurn => Poll::Ready(()),
            _ => self.wait(cx),
        }
    }
}

impl Sleep {
    // Little of it, so that what polls it is still put in line where that is.
    #[inline(never)]
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let State::NoDelay = self.0 else {
            return self.wait_for_timer(cx);
        };
        self.0 = State::OneTurn;
        cx.waker().wake_by_ref();
        if graph::may_be_on() {
            note_turn();
        }
        Poll::Pending
    }

    #[inline(never)]
    fn wait_for_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let State::New(delay) = self.0 {
            self.0 = State::Waiting(ManuallyDrop::new(Timer::after(delay)));
        }
        match &mut self.0 {
            State::Waiting(timer) => graph::timer_beside(timer, cx),
            State::New(_) | State::NoDelay | State::OneTurn => {
                unreachable!("it waits for its timer")
            }
        }
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        if let State::Waiting(timer) = &mut self.0 {
            timer.put_off();
        }
    }
}

#[cold]
#[inline(never)]
fn note_turn() {
    graph::wait(graph::Entry::Turn);
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sleep = f.debug_struct("Sleep");
        match &self.0 {
            State::New(delay) => sleep.field("delay", delay),
            State::NoDelay | State::OneTurn => sleep.field("delay", &Duration::ZERO),
            State::Waiting(timer) => sleep.field("until", &timer.deadline()),
        };
        sleep.finish()
    }
}
