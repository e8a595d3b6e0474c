//! What the two semaphores have in common: their futures and permits.

use super::permits::{Acquiring, Permits};
use super::semaphore::Semaphore;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// [`Semaphore`] and [`BoundedSemaphore`](super::BoundedSemaphore): they differ in how a permit returns.
pub trait Permitting: fmt::Debug {
    #[doc(hidden)]
    fn permits(&self) -> &Permits;

    /// Takes back a permit that was held.
    #[doc(hidden)]
    fn give_back(&self);
}

/// The future of [`Semaphore::acquire`] and of `BoundedSemaphore::acquire`.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct SemaphoreAcquire<'a, S: Permitting = Semaphore> {
    semaphore: &'a S,
    state: Acquiring,
}

impl<'a, S: Permitting> SemaphoreAcquire<'a, S> {
    #[inline]
    pub(super) fn new(semaphore: &'a S) -> Self {
        SemaphoreAcquire {
            semaphore,
            state: Acquiring::Start,
        }
    }
}

impl<'a, S: Permitting> Future for SemaphoreAcquire<'a, S> {
    type Output = SemaphorePermit<'a, S>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let semaphore = self.semaphore;
        ready!(self.state.poll(semaphore.permits(), cx));
        Poll::Ready(SemaphorePermit { semaphore })
    }
}

impl<S: Permitting> Drop for SemaphoreAcquire<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.state.cancel(self.semaphore.permits());
    }
}

/// The future of [`Semaphore::acquire_owned`] and of `BoundedSemaphore::acquire_owned`.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct SemaphoreAcquireOwned<S: Permitting = Semaphore> {
    /// `None` once the permit has it.
    semaphore: Option<Arc<S>>,
    state: Acquiring,
}

impl<S: Permitting> SemaphoreAcquireOwned<S> {
    pub(super) fn new(semaphore: Arc<S>) -> Self {
        SemaphoreAcquireOwned {
            semaphore: Some(semaphore),
            state: Acquiring::Start,
        }
    }
}

impl<S: Permitting> Future for SemaphoreAcquireOwned<S> {
    type Output = OwnedSemaphorePermit<S>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(semaphore) = &this.semaphore else {
            panic!("future polled after it was done");
        };
        ready!(this.state.poll(semaphore.permits(), cx));
        let semaphore = this.semaphore.take().expect("it was there just now");
        Poll::Ready(OwnedSemaphorePermit { semaphore })
    }
}

impl<S: Permitting> Drop for SemaphoreAcquireOwned<S> {
    fn drop(&mut self) {
        if let Some(semaphore) = &self.semaphore {
            self.state.cancel(semaphore.permits());
        }
    }
}

/// A permit of a [`Semaphore`] or a [`BoundedSemaphore`](super::BoundedSemaphore). Dropping it gives it
/// back.
#[derive(Debug)]
#[must_use = "the permit is given back as soon as it is dropped"]
#[clippy::has_significant_drop]
pub struct SemaphorePermit<'a, S: Permitting = Semaphore> {
    semaphore: &'a S,
}

impl<'a, S: Permitting> SemaphorePermit<'a, S> {
    /// The caller took a permit, and leaves it to the guard.
    #[inline]
    pub(super) fn new(semaphore: &'a S) -> Self {
        SemaphorePermit { semaphore }
    }

    /// Keeps the permit without a guard, as `acquire` does in Python: it comes back by `release`, or
    /// never.
    pub fn forget(self) {
        mem::forget(self);
    }
}

impl<S: Permitting> Drop for SemaphorePermit<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.give_back();
    }
}

/// As [`SemaphorePermit`], and keeps the semaphore alive by itself.
#[derive(Debug)]
#[must_use = "the permit is given back as soon as it is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedSemaphorePermit<S: Permitting = Semaphore> {
    semaphore: Arc<S>,
}

impl<S: Permitting> OwnedSemaphorePermit<S> {
    /// The caller took a permit, and leaves it to the guard.
    pub(super) fn new(semaphore: Arc<S>) -> Self {
        OwnedSemaphorePermit { semaphore }
    }
}

impl<S: Permitting> Drop for OwnedSemaphorePermit<S> {
    fn drop(&mut self) {
        self.semaphore.give_back();
    }
}
