//! `asyncio.Future`: a value that somebody else sets.

use super::shared::{Shared, Value};
use super::{CallbackId, FutureSetter};
use crate::exceptions::{CancelledError, InvalidStateError};
use crate::graph;
use crate::memory::Counted;
use crate::outcome::is_err;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future and the handle that completes it: `loop.create_future()`, `asyncio.Future()`.
///
/// In Python the two are one object; here the one who awaits and those who set are told apart, so that
/// the future is cancelled when nobody is left to set it. Needs no event loop, and works between
/// threads. The exception of `set_exception` is the `Err` of a `T` that is a `Result`.
///
/// Several tasks can await it where its value is `Clone`: each a clone of the future. They are woken in the
/// order in which they began to wait. To signal without a value, there is [`Event`](crate::Event).
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// let (setter, future) = asyncio::create_future();
/// std::thread::spawn(move || setter.set_result(42));
/// assert_eq!(future.await, Ok(42));
///
/// let (setter, future) = asyncio::create_future::<u32>();
/// drop(setter);
/// assert!(future.await.is_err());                 // CancelledError
/// # });
/// ```
#[track_caller]
pub fn create_future<T>() -> (FutureSetter<T>, FutureValue<T>) {
    let place = Location::caller();
    let (shared, setters) = Counted::pair(|| Shared::new(place));
    (FutureSetter(setters), FutureValue { shared, key: 0 })
}

/// A future whose value is set by a [`FutureSetter`]: `asyncio.Future`.
///
/// Gives `Err(CancelledError)` if it was cancelled, or if nobody is left to set it. An `Err` that was set,
/// and that nobody looked at when the future is dropped, is reported through the exception handler as
/// "Future exception was never retrieved".
///
/// # Cancellation
///
/// Dropping it, and all its clones, cancels it: its setters notice by [`FutureSetter::cancelled`], and a
/// value that is set later comes back to the one who sets it.
#[must_use = "a future that is dropped is cancelled"]
pub struct FutureValue<T> {
    shared: Counted<Shared<T>>,
    /// Its place among those who wait; 0 is none, [`OVER`] that it has got the value, which is taken.
    key: u64,
}

const OVER: u64 = u64::MAX;

impl<T> FutureValue<T> {
    /// The value, without waiting: `asyncio.Future.result`. It is taken out: awaiting afterwards panics.
    /// If the future was cloned, a clone of the value, which stays.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if there is none yet, or it was taken already. Inside,
    /// [`CancelledError`] if the future is cancelled.
    pub fn result(&mut self) -> Result<Result<T, CancelledError>, InvalidStateError> {
        self.shared.state().result()
    }

    /// Cancels the future: `asyncio.Future.cancel`. `false` if it is done already.
    pub fn cancel(&self) -> bool {
        self.shared.cancel(CancelledError::new())
    }

    /// As [`cancel`](Self::cancel), and says why: `asyncio.Future.cancel(msg)`.
    pub fn cancel_with(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> bool {
        self.shared.cancel(CancelledError::with_message(message))
    }

    /// Whether it has a value or is cancelled: `asyncio.Future.done`.
    pub fn done(&self) -> bool {
        self.shared.done()
    }

    /// Whether it is cancelled: `asyncio.Future.cancelled`.
    pub fn cancelled(&self) -> bool {
        self.shared.cancelled()
    }

    /// Calls `callback` once the future is done: `asyncio.Future.add_done_callback`.
    ///
    /// Callbacks run in the order in which they were added. Added where an event loop runs, they are
    /// called by that loop, soon and never inside of another call, as by
    /// [`call_soon`](crate::LoopHandle::call_soon). Added elsewhere, inside the call that completes the
    /// future, or at once if it is done.
    ///
    /// # Panics
    ///
    /// Without a loop, a panic in a callback goes to whoever completes the future, after the other
    /// callbacks have run.
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce() + Send + 'static) -> CallbackId {
        #[cfg(feature = "tokio")]
        if let Some(event_loop) = crate::LoopHandle::try_current() {
            let callback = crate::events::Callback::new(callback, std::panic::Location::caller());
            return self.when_done(move || {
                event_loop.call(callback);
            });
        }
        self.when_done(callback)
    }

    /// Removes a callback that has not been called: `asyncio.Future.remove_done_callback`. `false` if there
    /// is none: the future is done, or it was removed before.
    pub fn remove_done_callback(&self, callback: CallbackId) -> bool {
        let removed = self.shared.state().waiters.remove_callback(callback);
        removed.is_some()
    }

    fn when_done(&self, callback: impl FnOnce() + Send + 'static) -> CallbackId {
        let id = CallbackId::next();
        let mut state = self.shared.state();
        if state.value.is_pending() {
            state.waiters.add_callback(id, Box::new(callback));
            return id;
        }
        drop(state);
        callback();
        id
    }
}

impl<T, E: Clone> FutureValue<Result<T, E>> {
    /// The exception that was set, or `None` if a value was: `asyncio.Future.exception`. Leaves it where it
    /// is; it counts as retrieved.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if the future is not done, or its value was taken. Inside,
    /// [`CancelledError`] if the future is cancelled.
    pub fn exception(&self) -> Result<Result<Option<E>, CancelledError>, InvalidStateError> {
        let mut state = self.shared.state();
        state.retrieved |= !state.value.is_pending();
        let value = match &state.value {
            Value::Pending => return Err(InvalidStateError::new("the exception is not set")),
            Value::Taken => return Err(InvalidStateError::new("the result was taken")),
            Value::Cancelled(error) => return Ok(Err(error.clone())),
            Value::Done(value) => value,
        };
        Ok(Ok(value.as_ref().err().cloned()))
    }
}

/// One more future of the same value.
impl<T: Clone> Clone for FutureValue<T> {
    fn clone(&self) -> Self {
        let mut state = self.shared.state();
        state.readers += 1;
        state.clone = Some(T::clone);
        drop(state);
        FutureValue {
            shared: self.shared.clone(),
            key: 0,
        }
    }
}

impl<T> Future for FutureValue<T> {
    type Output = Result<T, CancelledError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut state = this.shared.state();
        if state.value.is_pending() {
            let replaced = state.waiters.register(&mut this.key, cx.waker());
            drop(state);
            // A waker is dropped without the lock: that may run code that comes back.
            drop(replaced);
            if graph::is_on() {
                graph::wait(graph::Entry::Future);
            }
            return Poll::Pending;
        }
        let result = state.result();
        if matches!(state.value, Value::Taken) {
            this.key = OVER;
        }
        drop(state);
        match result {
            Ok(outcome) => Poll::Ready(outcome),
            Err(_) => panic!("future polled after it was done"),
        }
    }
}

impl<T> Drop for FutureValue<T> {
    #[inline]
    fn drop(&mut self) {
        // Nobody waits, and there is no value that could be dropped, or reported.
        if self.key != OVER {
            self.leave();
        }
    }
}

impl<T> FutureValue<T> {
    fn leave(&self) {
        let mut state = self.shared.state();
        state.readers -= 1;
        let waker = state.waiters.remove(self.key);
        if state.readers > 0 {
            drop(state);
            drop(waker);
            return;
        }
        let retrieved = state.retrieved;
        if state.value.is_pending() {
            drop(state);
            let error = CancelledError::with_message("the future was dropped");
            self.shared.cancel(error);
            return;
        }
        // A value that nobody will take does not live on with the setters.
        let value = match &state.value {
            Value::Cancelled(_) => Value::Taken,
            _ => mem::replace(&mut state.value, Value::Taken),
        };
        drop(state);
        drop(waker);
        let failed = matches!(&value, Value::Done(value) if is_err(value));
        if failed && !retrieved {
            report(self.shared.location, crate::outcome::error_name::<T>());
        }
    }
}

/// An exception is lost.
fn report(location: &'static Location<'static>, error: &str) {
    let detail = format!("the future made at {location} was set to an `Err({error})`");
    let message = "Future exception was never retrieved";
    #[cfg(feature = "tokio")]
    crate::events::call_exception_handler(&crate::events::ExceptionContext::of(
        message,
        detail,
        None,
        Some(location),
    ));
    #[cfg(not(feature = "tokio"))]
    crate::scope::report::emit(&format!("{message}: {detail}"));
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state().value {
            Value::Pending => "pending",
            Value::Done(_) | Value::Taken => "done",
            Value::Cancelled(_) => "cancelled",
        })
    }
}

impl<T> fmt::Debug for FutureValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FutureValue").field(&*self.shared).finish()
    }
}
