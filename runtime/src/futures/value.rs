//! `asyncio.Future`: a value that somebody else sets.

use crate::exceptions::{CancelledError, InvalidStateError};
use crate::graph::{self, own_clone};
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A future and the handle that completes it: `loop.create_future()`, `asyncio.Future()`.
///
/// In Python the two are one object; here the one who awaits and those who set are told apart, so that
/// the future is cancelled when nobody is left to set it. Needs no event loop, and works between
/// threads. The exception of `set_exception` is the `Err` of a `T` that is a `Result`.
///
/// One task awaits it. For several, there is `shared()` of the `futures` crate; to signal without a
/// value, [`Event`](crate::Event).
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
pub fn create_future<T>() -> (FutureSetter<T>, FutureValue<T>) {
    let cell = Arc::new(Shared {
        setters: AtomicUsize::new(1),
        state: Mutex::new(State::Pending {
            waker: None,
            callbacks: Vec::new(),
        }),
    });
    (FutureSetter(cell.clone()), FutureValue(cell))
}

struct Shared<T> {
    setters: AtomicUsize,
    state: Mutex<State<T>>,
}

type Callback = Box<dyn FnOnce() + Send>;

enum State<T> {
    Pending {
        waker: Option<Waker>,
        callbacks: Vec<Callback>,
    },
    Done(T),
    Cancelled(CancelledError),
    /// It was done, and the value is handed out.
    Taken,
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes the future; gives `outcome` back if that has happened already.
    fn complete(&self, outcome: State<T>) -> Result<(), State<T>> {
        let mut state = self.state();
        if !matches!(*state, State::Pending { .. }) {
            return Err(outcome);
        }
        let before = mem::replace(&mut *state, outcome);
        drop(state);
        if let State::Pending { waker, callbacks } = before {
            if let Some(waker) = waker {
                waker.wake();
            }
            run(callbacks);
        }
        Ok(())
    }

    fn cancel(&self, error: CancelledError) -> bool {
        self.complete(State::Cancelled(error)).is_ok()
    }

    fn done(&self) -> bool {
        !matches!(*self.state(), State::Pending { .. })
    }

    fn cancelled(&self) -> bool {
        matches!(*self.state(), State::Cancelled(_))
    }
}

/// Runs them all, and then resumes the first panic.
fn run(callbacks: Vec<Callback>) {
    let mut panic = None;
    for callback in callbacks {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(callback)) {
            panic.get_or_insert(payload);
        }
    }
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// What completes a [`FutureValue`]: the `set_` methods of `asyncio.Future`.
///
/// It can be cloned; the first to set the value wins. Dropping the last one cancels a future that is
/// still pending.
pub struct FutureSetter<T>(Arc<Shared<T>>);

impl<T> FutureSetter<T> {
    /// Completes the future with a value: `asyncio.Future.set_result`.
    ///
    /// # Errors
    ///
    /// [`SetResultError`], with the value, if the future is done or cancelled (`InvalidStateError` in
    /// Python), or was dropped.
    pub fn set_result(&self, value: T) -> Result<(), SetResultError<T>> {
        match self.0.complete(State::Done(value)) {
            Err(State::Done(value)) => Err(SetResultError(value)),
            _ => Ok(()),
        }
    }

    /// Cancels the future: `asyncio.Future.cancel`. `false` if it is done already.
    pub fn cancel(&self) -> bool {
        self.0.cancel(CancelledError::new())
    }

    /// Whether the future has a value or is cancelled: `asyncio.Future.done`.
    pub fn done(&self) -> bool {
        self.0.done()
    }

    /// Whether the future is cancelled, or was dropped before it had a value:
    /// `asyncio.Future.cancelled`.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl<T, E> FutureSetter<Result<T, E>> {
    /// Completes the future with an error: `asyncio.Future.set_exception`.
    ///
    /// # Errors
    ///
    /// As of [`set_result`](Self::set_result).
    pub fn set_exception(&self, error: E) -> Result<(), SetResultError<Result<T, E>>> {
        self.set_result(Err(error))
    }
}

impl<T> Clone for FutureSetter<T> {
    fn clone(&self) -> Self {
        self.0.setters.fetch_add(1, Ordering::Relaxed);
        FutureSetter(self.0.clone())
    }
}

impl<T> Drop for FutureSetter<T> {
    fn drop(&mut self) {
        if self.0.setters.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0
                .cancel(CancelledError::with_message("nobody is left to set it"));
        }
    }
}

/// A future whose value is set by a [`FutureSetter`]: `asyncio.Future`.
///
/// Gives `Err(CancelledError)` if it was cancelled, or if nobody is left to set it.
///
/// # Cancellation
///
/// Dropping it cancels it: its setters notice by [`FutureSetter::cancelled`], and a value that is set
/// later comes back to the one who sets it.
#[must_use = "a future that is dropped is cancelled"]
pub struct FutureValue<T>(Arc<Shared<T>>);

impl<T> FutureValue<T> {
    /// The value, without waiting: `asyncio.Future.result`. It is taken out: awaiting afterwards panics.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if there is none yet, or it was taken already. Inside,
    /// [`CancelledError`] if the future is cancelled.
    pub fn result(&mut self) -> Result<Result<T, CancelledError>, InvalidStateError> {
        let mut state = self.0.state();
        match &*state {
            State::Pending { .. } => Err(InvalidStateError::new("the result is not set")),
            State::Taken => Err(InvalidStateError::new("the result was taken")),
            State::Cancelled(error) => Ok(Err(error.clone())),
            State::Done(_) => match mem::replace(&mut *state, State::Taken) {
                State::Done(value) => Ok(Ok(value)),
                _ => unreachable!("it is done"),
            },
        }
    }

    /// Cancels the future: `asyncio.Future.cancel`. `false` if it is done already.
    pub fn cancel(&self) -> bool {
        self.0.cancel(CancelledError::new())
    }

    /// As [`cancel`](Self::cancel), and says why: `asyncio.Future.cancel(msg)`.
    pub fn cancel_with(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> bool {
        self.0.cancel(CancelledError::with_message(message))
    }

    /// Whether it has a value or is cancelled: `asyncio.Future.done`.
    pub fn done(&self) -> bool {
        self.0.done()
    }

    /// Whether it is cancelled: `asyncio.Future.cancelled`.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled()
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
    pub fn add_done_callback(&self, callback: impl FnOnce() + Send + 'static) {
        #[cfg(feature = "tokio")]
        if let Some(event_loop) = crate::LoopHandle::try_current() {
            let callback = crate::events::Callback::new(callback, std::panic::Location::caller());
            self.when_done(move || {
                event_loop.call(callback);
            });
            return;
        }
        self.when_done(callback);
    }

    fn when_done(&self, callback: impl FnOnce() + Send + 'static) {
        if let State::Pending { callbacks, .. } = &mut *self.0.state() {
            callbacks.push(Box::new(callback));
            return;
        }
        callback();
    }
}

impl<T> Future for FutureValue<T> {
    type Output = Result<T, CancelledError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let replaced;
        let mut state = self.0.state();
        if let State::Pending { waker, .. } = &mut *state {
            if !waker
                .as_ref()
                .is_some_and(|waker| waker.will_wake(cx.waker()))
            {
                replaced = waker.replace(own_clone(cx.waker()));
                drop(state);
                // A waker is dropped without the lock: that may run code that comes back.
                drop(replaced);
            }
            if graph::is_on() {
                graph::wait(graph::Entry::Future);
            }
            return Poll::Pending;
        }
        drop(state);
        match self.result() {
            Ok(outcome) => Poll::Ready(outcome),
            Err(_) => panic!("future polled after it was done"),
        }
    }
}

impl<T> Drop for FutureValue<T> {
    fn drop(&mut self) {
        let error = CancelledError::with_message("the future was dropped");
        if !self.0.cancel(error) {
            // A value that nobody will take does not live on with the setters.
            drop(self.result());
        }
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self.state() {
            State::Pending { .. } => "pending",
            State::Done(_) | State::Taken => "done",
            State::Cancelled(_) => "cancelled",
        })
    }
}

impl<T> fmt::Debug for FutureSetter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FutureSetter").field(&self.0).finish()
    }
}

impl<T> fmt::Debug for FutureValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FutureValue").field(&self.0).finish()
    }
}

/// The future was done before its value was set: `asyncio.InvalidStateError`. Gives the value back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetResultError<T>(pub T);

impl<T> From<SetResultError<T>> for InvalidStateError {
    fn from(_: SetResultError<T>) -> Self {
        InvalidStateError::new("the future is done already")
    }
}

// By hand, as the value need not be `Debug` for the error to be one.
impl<T> fmt::Debug for SetResultError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetResultError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SetResultError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the future is done already")
    }
}

impl<T> std::error::Error for SetResultError<T> {}
