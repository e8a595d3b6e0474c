//! The side of a future that sets its value.

use super::shared::{Shared, Value};
use crate::exceptions::{CancelledError, InvalidStateError};
use crate::memory::Counted;
use std::fmt;

/// What completes a [`FutureValue`](super::FutureValue): the `set_` methods of `asyncio.Future`.
///
/// It can be cloned; the first to set the value wins. Dropping the last one cancels a future that is
/// still pending.
pub struct FutureSetter<T>(pub(super) Counted<Shared<T>>);

impl<T> FutureSetter<T> {
    /// Completes the future with a value: `asyncio.Future.set_result`.
    ///
    /// # Errors
    ///
    /// [`SetResultError`], with the value, if the future is done or cancelled (`InvalidStateError` in
    /// Python), or was dropped.
    pub fn set_result(&self, value: T) -> Result<(), SetResultError<T>> {
        let Some(state) = self.0.pending() else {
            return Err(SetResultError(value));
        };
        self.0.complete(state, Value::Done(value));
        Ok(())
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
        self.0.state().setters += 1;
        FutureSetter(self.0.clone())
    }
}

impl<T> Drop for FutureSetter<T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_over() {
            return; // there is nothing to cancel, so it does not matter how many there are
        }
        let mut state = self.0.state();
        state.setters -= 1;
        let is_over = state.setters == 0 && state.value.is_pending();
        drop(state);
        if is_over {
            self.0
                .cancel(CancelledError::with_message("nobody is left to set it"));
        }
    }
}

impl<T> fmt::Debug for FutureSetter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FutureSetter").field(&*self.0).finish()
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
