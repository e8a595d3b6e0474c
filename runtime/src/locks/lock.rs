//! `asyncio.Lock`, around the data it protects.
#![allow(unsafe_code)]

use super::permits::{Acquiring, Permits};
use crate::graph::{self, Kind};
use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Mutual exclusion between tasks: `asyncio.Lock`, around the data it protects.
///
/// [`acquire`](Self::acquire) gives a guard through which the data is reached, and which releases the
/// lock when it is dropped: by the end of its block, by `?`, by a panic, and by cancellation. For a lock
/// without data, as Python's is, there is `Lock::new(())`.
///
/// The lock may be held across an `.await`, and guards may move to another task, which may release:
/// the lock has no owner. It is not re-entrant: a task that acquires what it holds waits for ever.
///
/// # Fairness
///
/// First in, first out. The lock is handed from its holder to the first in line; a task that releases
/// and acquires again goes to the back.
///
/// # When not to use it
///
/// Where the lock is never held across an `.await`, `std::sync::Mutex` is the better choice.
///
/// # Examples
///
/// ```
/// use asyncio::Lock;
///
/// static VISITS: Lock<u32> = Lock::new(0);
///
/// async fn visit() -> u32 {
///     let mut visits = VISITS.acquire().await;      // async with visits_lock:
///     *visits += 1;
///     *visits
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(visit().await, 1);
/// assert_eq!(visit().await, 2);
/// # });
/// ```
pub struct Lock<T: ?Sized = ()> {
    permits: Permits,
    data: UnsafeCell<T>,
}

// SAFETY: `&Lock` gives `&T` and `&mut T` to one guard at a time, on whatever thread the guard is. That
// moves access to the data between threads, which is what `Send` allows. Two threads never have access
// at the same time, so `Sync` is not needed.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock around `data`, not held.
    #[must_use]
    #[track_caller]
    pub const fn new(data: T) -> Self {
        Lock {
            permits: Permits::new(1, Kind::Lock),
            data: UnsafeCell::new(data),
        }
    }

    /// The data, out of the lock.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Takes the lock if it is free and nobody waits for it.
    ///
    /// Trio's `Lock.acquire_nowait`, which asyncio lacks.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::Lock;
    ///
    /// let lock = Lock::new("data");
    /// let guard = lock.try_acquire().unwrap();
    /// assert!(lock.try_acquire().is_none());
    /// drop(guard);
    /// assert!(lock.try_acquire().is_some());
    /// ```
    #[doc(alias = "try_lock")]
    #[inline]
    pub fn try_acquire(&self) -> Option<LockGuard<'_, T>> {
        self.permits.try_acquire().then(|| LockGuard::new(self))
    }

    /// As [`try_acquire`](Self::try_acquire), with a guard that keeps the lock alive by itself.
    #[inline]
    pub fn try_acquire_owned(self: Arc<Self>) -> Option<OwnedLockGuard<T>> {
        self.permits
            .try_acquire()
            .then(|| OwnedLockGuard::new(self))
    }

    /// Waits for the lock and takes it: `asyncio.Lock.acquire`, `async with lock`.
    ///
    /// A lock that is free is taken without yielding to the executor.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; a lock that it was just handed goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use asyncio::Lock;
    ///
    /// let lock = Lock::new(vec![1, 2]);
    /// lock.acquire().await.push(3);
    /// assert_eq!(lock.into_inner(), [1, 2, 3]);
    /// # });
    /// ```
    #[doc(alias = "lock")]
    #[inline]
    pub fn acquire(&self) -> LockAcquire<'_, T> {
        LockAcquire {
            lock: self,
            state: Acquiring::Start,
        }
    }

    /// As [`acquire`](Self::acquire), with a guard that keeps the lock alive by itself, so that it can
    /// be stored, or moved into a task.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use asyncio::Lock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(0));
    /// let mut guard = lock.clone().acquire_owned().await;
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*lock.acquire().await, 1);
    /// # });
    /// ```
    #[doc(alias = "lock_owned")]
    #[inline]
    pub fn acquire_owned(self: Arc<Self>) -> LockAcquireOwned<T> {
        LockAcquireOwned {
            lock: Some(self),
            state: Acquiring::Start,
        }
    }

    /// Whether the lock is held, or already handed to a waiter: `asyncio.Lock.locked`.
    pub fn locked(&self) -> bool {
        self.permits.locked()
    }

    /// The data, without locking: `&mut` is proof that nobody else has access.
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// A snapshot of the lock.
    pub fn statistics(&self) -> LockStatistics {
        LockStatistics {
            locked: self.locked(),
            tasks_waiting: self.permits.waiting(),
        }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(data: T) -> Self {
        Lock::new(data)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_acquire() {
            Some(data) => f.debug_struct("Lock").field("data", &&*data).finish(),
            None => f
                .debug_struct("Lock")
                .field("data", &format_args!("<locked>"))
                .finish(),
        }
    }
}

/// What [`Lock::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockStatistics {
    /// As [`Lock::locked`].
    pub locked: bool,
    /// How many tasks are in line.
    pub tasks_waiting: usize,
}

/// The future of [`Lock::acquire`].
#[must_use = "futures do nothing unless awaited"]
pub struct LockAcquire<'a, T: ?Sized> {
    lock: &'a Lock<T>,
    state: Acquiring,
}

impl<'a, T: ?Sized> Future for LockAcquire<'a, T> {
    type Output = LockGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let lock = self.lock;
        if matches!(self.state, Acquiring::Start) && lock.permits.try_acquire_only() {
            self.state = Acquiring::Done;
            return Poll::Ready(LockGuard::new(lock));
        }
        ready!(self.state.poll(&lock.permits, cx));
        Poll::Ready(LockGuard::new(lock))
    }
}

impl<T: ?Sized> Drop for LockAcquire<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.state.cancel(&self.lock.permits);
    }
}

/// The future of [`Lock::acquire_owned`].
#[must_use = "futures do nothing unless awaited"]
pub struct LockAcquireOwned<T: ?Sized> {
    /// `None` once the guard has it.
    lock: Option<Arc<Lock<T>>>,
    state: Acquiring,
}

impl<T: ?Sized> Future for LockAcquireOwned<T> {
    type Output = OwnedLockGuard<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lock = this
            .lock
            .take_if(|lock| this.state.poll(&lock.permits, cx).is_ready());
        match lock {
            Some(lock) => Poll::Ready(OwnedLockGuard::new(lock)),
            None if this.lock.is_some() => Poll::Pending,
            None => panic!("future polled after it was done"),
        }
    }
}

impl<T: ?Sized> Drop for LockAcquireOwned<T> {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            self.state.cancel(&lock.permits);
        }
    }
}

/// Access to the data of a held [`Lock`]. Dropping it releases the lock: `asyncio.Lock.release`.
#[must_use = "the lock is released as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct LockGuard<'a, T: ?Sized> {
    lock: &'a Lock<T>,
    /// `Sync` only where `T` is, as a `&mut T`; `&Lock<T>` alone is where `T` is `Send`.
    access: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// The caller took the permit of the lock, and leaves it to the guard.
    #[inline]
    fn new(lock: &'a Lock<T>) -> Self {
        if graph::is_on() {
            lock.permits.note_holder();
        }
        LockGuard {
            lock,
            access: PhantomData,
        }
    }

    /// The lock that is held.
    pub(super) fn lock(&self) -> &'a Lock<T> {
        self.lock
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.permits.release();
    }
}

/// As [`LockGuard`], and keeps the lock alive by itself.
#[must_use = "the lock is released as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedLockGuard<T: ?Sized> {
    lock: Arc<Lock<T>>,
    /// As in [`LockGuard`].
    access: PhantomData<T>,
}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// The caller took the permit of the lock, and leaves it to the guard.
    #[inline]
    fn new(lock: Arc<Lock<T>>) -> Self {
        if graph::is_on() {
            lock.permits.note_holder();
        }
        OwnedLockGuard {
            lock,
            access: PhantomData,
        }
    }
}

impl<T: ?Sized> Drop for OwnedLockGuard<T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.permits.release();
    }
}

macro_rules! guards {
    ($($guard:ty),*) => { $(
        impl<T: ?Sized> Deref for $guard {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: the guard holds the only permit of the lock until it is dropped, so there is
                // no other guard, and `&mut` of the data is lent out only by `deref_mut` of this one.
                unsafe { &*self.lock.data.get() }
            }
        }

        impl<T: ?Sized> DerefMut for $guard {
            #[inline]
            fn deref_mut(&mut self) -> &mut T {
                // SAFETY: as in `deref`, and `&mut self` excludes references lent out by this guard.
                unsafe { &mut *self.lock.data.get() }
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}
guards!(LockGuard<'_, T>, OwnedLockGuard<T>);

macro_rules! debug_futures {
    ($($name:literal $future:ty),*) => { $(
        impl<T: ?Sized> fmt::Debug for $future {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).field("state", &self.state).finish_non_exhaustive()
            }
        }
    )* };
}
debug_futures!("LockAcquire" LockAcquire<'_, T>, "LockAcquireOwned" LockAcquireOwned<T>);
