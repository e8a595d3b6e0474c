//! Cancellation with cleanup that awaits.
//!
//! See the chapter on cancellation in the crate's documentation for the model. The parts:
//!
//! | file | what |
//! |---|---|
//! | `poll` | how a scope is polled |
//! | `future` | `scope`, for a future that somebody else runs |
//! | `guard` | `finally`: the guard, which hands its future over when dropped |
//! | `with` | `AsyncExit`, `with`, `enter`: resources on top of that |
//! | `frame` | which scope is the innermost one of this place |
//! | `innermost` | the word that says so |
//! | `hand_over` | what that is given |
//! | `drain` | what a combinator embeds to be a scope |
//! | `state` | the word that this takes |
//! | `pending` | what was handed over to one scope, and how it runs |
//! | `order` | which cleanup waits for which |
//! | `orphan`, `inbox` | cleanup that has no scope |
//! | `report` | what is said when one is lost |

mod branches;
mod drain;
mod frame;
mod future;
mod guard;
mod hand_over;
#[cfg(feature = "tokio")]
mod inbox;
mod innermost;
mod order;
#[cfg(feature = "tokio")]
mod orphan;
#[cfg(not(feature = "tokio"))]
#[path = "orphan_off.rs"]
mod orphan;
mod pending;
mod poll;
pub(crate) mod report;
mod state;
mod with;

/// What the model checker replaces.
#[cfg(feature = "tokio")]
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard};
}

pub(crate) use branches::{Branches, Tag, Tagged, Unwatched, are_watched, in_branch};
pub(crate) use drain::Drain;
pub use future::{ScopeFuture, scope};
pub(crate) use guard::were_made as guards_were_made;
pub use guard::{Finally, FinallyLocal, finally, finally_local};
pub(crate) use hand_over::hand_over_panic;
pub use with::{AsyncExit, AsyncGuard, Exit, LocalAsyncExit, WithBody, enter, with, with_local};

#[cfg(feature = "tokio")]
pub(crate) use {
    frame::{nothing_around, outside},
    guard::finally_at,
    orphan::orphans_done,
    poll::{More, Simply},
};

use crate::place::Place;
use pending::Payload;
pub(crate) use pending::keep;
use pin_project_lite::pin_project;
use state::{Body, State};
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

pin_project! {
    /// A body, and the cleanup that it hands over: what [`scope`] makes.
    ///
    /// Polls to `None` if the body was cancelled.
    pub(crate) struct Scope<F: Future> {
        // The future while the body is `Running`; what it gave while that is `Kept`; else nothing. It is
        // said to be gone before it is dropped or taken out.
        #[pin]
        place: Place<F, F::Output>,
        // With the first panic, of the body too. Its state says what is in the place. It is dropped by `abandon`: where
        // the scope is spent, there is nothing in it.
        drain: ManuallyDrop<Drain>,
    }

    impl<F: Future> PinnedDrop for Scope<F> {
        #[inline]
        fn drop(mut this: Pin<&mut Self>) {
            if !this.as_mut().state().is_spent() {
                this.abandon();
            }
        }
    }
}

impl<F: Future> Scope<F> {
    /// Dropped before the body is done, or where there is, or was, any cleanup.
    #[cold]
    #[inline(never)]
    fn abandon(mut self: Pin<&mut Self>) {
        self.as_mut().cancel();
        let value = self.as_mut().take_value();
        let _drain = mem::take(&mut **self.project().drain); // dropped after the value, also if that panics
        drop(value);
    }

    #[inline]
    pub(crate) fn new(body: F) -> Self {
        Scope {
            place: Place::new(body),
            drain: ManuallyDrop::new(Drain::new()),
        }
    }

    /// A scope that never leaves its thread, for cleanup that is not `Send`.
    #[inline]
    pub(crate) fn pinned(body: F) -> Self {
        Scope {
            place: Place::new(body),
            drain: ManuallyDrop::new(Drain::of(State::pinned())),
        }
    }

    /// Not by a reference to all of it: the future may refer to itself.
    #[inline]
    fn state(self: Pin<&mut Self>) -> &State {
        &self.project().drain.state
    }

    #[inline]
    pub(crate) fn is_running(self: Pin<&mut Self>) -> bool {
        self.state().body() == Body::Running
    }

    /// The same for `Debug`, which has no other reference.
    pub(crate) fn shows_running(&self) -> bool {
        self.drain.state.body() == Body::Running
    }

    /// Whether the body runs, and there never was any cleanup.
    #[inline]
    pub(crate) fn is_fresh(self: Pin<&mut Self>) -> bool {
        self.state().is_fresh()
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
        this.drain.state.end_body();
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

/// A panic is on its way already.
fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        report::panic("a value, when dropped,", &*payload);
    }
}
