//! What all contenders await: the cheapest that there is, so that what is measured is what is around it.

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Gives `value` after waking itself `times` times, which the optimizer cannot know.
#[inline]
pub fn yields(times: u32, value: u64) -> Yields {
    Yields {
        left: black_box(times),
        value,
    }
}

/// The future of [`yields`].
#[derive(Debug)]
#[must_use]
pub struct Yields {
    left: u32,
    value: u64,
}

impl Future for Yields {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        if self.left == 0 {
            return Poll::Ready(self.value);
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What futures wait for, one at a time.
#[derive(Default)]
pub struct Signal {
    sent: Cell<u32>,
    waker: Cell<Option<Waker>>,
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signal")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

impl Signal {
    /// So many signals.
    #[must_use]
    pub fn several(count: usize) -> &'static [Signal] {
        Box::leak((0..count).map(|_| Signal::default()).collect())
    }

    /// How often it was sent.
    pub fn sent(&self) -> u32 {
        self.sent.get()
    }

    /// Sends it once more, and wakes whoever waits for it.
    #[inline]
    pub fn send(&self) {
        self.sent.set(self.sent.get() + 1);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// As if it had never been sent.
    pub fn reset(&self) {
        self.sent.set(0);
        self.waker.set(None);
    }

    /// Until it has been sent so often.
    #[inline]
    pub fn wait(&self, often: u32) -> Wait<'_> {
        Wait {
            signal: self,
            often,
        }
    }
}

/// The future of [`Signal::wait`].
#[derive(Debug)]
#[must_use]
pub struct Wait<'a> {
    signal: &'a Signal,
    often: u32,
}

impl Future for Wait<'_> {
    type Output = u64;

    // A leaf is a call away, as in a program.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        if self.signal.sent.get() >= self.often {
            return Poll::Ready(self.often.into());
        }
        let waker = match self.signal.waker.take() {
            Some(waker) if waker.will_wake(cx.waker()) => waker,
            _ => cx.waker().clone(),
        };
        self.signal.waker.set(Some(waker));
        Poll::Pending
    }
}
