//! The join of an iterator of futures.

use super::AnyResult;
use super::alone::Lone;
use super::fan::Fan;
use super::flat::Flat;
use crate::combine::Phase;
use crate::scope::{Drain, Tag, Unwatched, are_watched};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

/// Awaits all futures of `iter` side by side and gives their outputs in the order of the iterator:
/// `asyncio.gather(*iter)`.
///
/// The iterator is used up here; nothing runs before the result is polled. At most `limit` of the
/// futures are polled at a time ([`usize::MAX`]: all of them); each that finishes makes room for the
/// next.
///
/// # Cancellation
///
/// Dropping the result drops all futures.
///
/// # Panics
///
/// If `limit` is zero. The result goes on with the panic of a future, and panics when it is polled
/// again after that, or after it is done.
#[track_caller]
pub fn all<I>(iter: I, limit: usize) -> All<I::Item>
where
    I: IntoIterator<Item: Future>,
{
    All(Spread::new(iter, limit))
}

/// [`all`] for futures that give a `Result`: a `Result` of all values, or the first error.
///
/// # Cancellation
///
/// On the first error, the other futures are dropped, their cleanup is awaited, and the error is
/// returned. Dropping the result drops all futures.
///
/// # Errors
///
/// The first error, by time, of any of the futures.
///
/// # Panics
///
/// As [`all`].
#[track_caller]
pub fn try_all<I>(iter: I, limit: usize) -> TryAll<I::Item>
where
    I: IntoIterator<Item: Future<Output: AnyResult>>,
{
    TryAll(Spread::new(iter, limit))
}

/// The future of [`all`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct All<F: Future>(Spread<F, F::Output, Infallible>);

/// The future of [`try_all`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct TryAll<F: Future<Output: AnyResult>>(Spread<F, ValueOf<F>, ErrorOf<F>>);

type ValueOf<F> = <<F as Future>::Output as AnyResult>::Value;
type ErrorOf<F> = <<F as Future>::Output as AnyResult>::Error;

impl<F: Future> Future for All<F> {
    type Output = Vec<F::Output>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_within(cx, None)
    }
}

impl<F: Future<Output: AnyResult>> Future for TryAll<F> {
    type Output = Result<Vec<ValueOf<F>>, ErrorOf<F>>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_within(cx, None)
    }
}

impl<F: Future> Lone for All<F> {
    #[inline(always)]
    fn poll_within(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        around: Option<&mut Tag>,
    ) -> Poll<Self::Output> {
        self.0.poll(cx, around, Ok).map(|Ok(items)| items)
    }
}

impl<F: Future<Output: AnyResult>> Lone for TryAll<F> {
    #[inline(always)]
    fn poll_within(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        around: Option<&mut Tag>,
    ) -> Poll<Self::Output> {
        self.0.poll(cx, around, AnyResult::result)
    }
}

// The futures are behind a box and pinned there; items and error are never pinned.
impl<F: Future> Unpin for All<F> {}
impl<F: Future<Output: AnyResult>> Unpin for TryAll<F> {}

impl<F: Future> fmt::Debug for All<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("All", f)
    }
}

impl<F: Future<Output: AnyResult>> fmt::Debug for TryAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("TryAll", f)
    }
}

/// The branches of an `All` or `TryAll`, and how far they are.
struct Spread<F, T, E> {
    branches: Branches<F, T>,
    phase: Phase,
    error: Option<E>,
    drain: Drain,
}

enum Branches<F, T> {
    /// All run at a time.
    Flat(Flat<F, T>),
    Fan(Fan<F, T>),
}

impl<F, T> Branches<F, T> {
    #[track_caller]
    fn new(iter: impl IntoIterator<Item = F>, limit: usize) -> Self {
        assert!(
            limit > 0,
            "`limit` must be at least 1: with 0, no branch ever runs"
        );
        let futures = iter.into_iter();
        let most = futures.size_hint().1.unwrap_or(usize::MAX);
        if most > limit {
            return Branches::Fan(Fan::new(futures, limit));
        }
        let flat = Flat::new(futures);
        assert!(
            flat.len() <= limit,
            "an iterator gave more than its `size_hint` says"
        );
        Branches::Flat(flat)
    }

    fn len(&self) -> usize {
        match self {
            Branches::Flat(flat) => flat.len(),
            Branches::Fan(fan) => fan.len(),
        }
    }

    fn left(&self) -> usize {
        match self {
            Branches::Flat(flat) => flat.left(),
            Branches::Fan(fan) => fan.left(),
        }
    }

    fn take_items(&mut self) -> Vec<T> {
        match self {
            Branches::Flat(flat) => flat.take_items(),
            Branches::Fan(fan) => fan.take_items(),
        }
    }

    fn clear(&mut self) {
        match self {
            Branches::Flat(flat) => flat.clear(),
            Branches::Fan(fan) => fan.clear(),
        }
    }
}

impl<F: Future, T> Branches<F, T> {
    /// Polls those that are due. `Ready` when all are finished or one has failed.
    fn poll<E>(
        &mut self,
        cx: &mut Context<'_>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Poll<Result<(), E>> {
        let fan = match self {
            Branches::Flat(flat) => return flat.poll(cx, split),
            Branches::Fan(fan) => fan,
        };
        let failed = fan.poll(cx, |slot, cx| {
            slot.poll(cx, &split).map(|result| match result {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            })
        });
        if let ControlFlow::Break(error) = failed {
            return Poll::Ready(Err(error));
        }
        if fan.left() == 0 {
            return Poll::Ready(Ok(()));
        }
        fan.wait("spread");
        Poll::Pending
    }
}

impl<F, T, E> Spread<F, T, E> {
    #[track_caller]
    fn new(iter: impl IntoIterator<Item = F>, limit: usize) -> Self {
        Spread {
            branches: Branches::new(iter, limit),
            phase: Phase::Open,
            error: None,
            drain: Drain::new(),
        }
    }

    /// One branch has failed: drops the others, inside this scope.
    #[cold]
    fn fail(&mut self, error: E) {
        self.error = Some(error);
        self.phase = Phase::Cleanup;
        self.drain.collect(|| self.branches.clear());
    }

    /// It is dropped before it is done.
    #[inline(never)]
    fn abandon(&mut self) {
        self.branches.clear();
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct(name);
        debug.field("phase", &self.phase);
        // The branches of one that is done are gone.
        if self.phase != Phase::Done {
            debug.field("branches", &self.branches.len());
            debug.field("pending", &self.branches.left());
        }
        debug.finish_non_exhaustive()
    }
}

impl<F: Future, T, E> Spread<F, T, E> {
    /// See [`Lone::poll_within`].
    #[inline(always)]
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut around: Option<&mut Tag>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Poll<Result<Vec<T>, E>> {
        let polled = match around.is_none() && are_watched() {
            true => None,
            false => self.poll_one(cx.waker(), around.as_deref_mut(), &split),
        };
        match polled {
            Some(Poll::Pending) => Poll::Pending,
            polled => {
                let _branch = around.map(|around| Unwatched::enter(around, 0, None));
                self.poll_on(polled, cx, split)
            }
        }
    }

    /// Polls, where that is the wake-up of one branch, and nothing else: see [`Flat::poll_one`].
    #[inline(always)]
    fn poll_one(
        &mut self,
        waker: &Waker,
        around: Option<&mut Tag>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Option<Poll<Result<(), E>>> {
        let (Branches::Flat(flat), Phase::Open) = (&mut self.branches, self.phase) else {
            return None;
        };
        let polled = flat.poll_one(&mut self.phase, waker, around, split);
        if let Some(Poll::Pending) = polled {
            self.phase = Phase::Open;
        }
        polled
    }

    /// Any poll, or what follows after `polled`.
    #[inline(never)]
    fn poll_on(
        &mut self,
        polled: Option<Poll<Result<(), E>>>,
        cx: &mut Context<'_>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Poll<Result<Vec<T>, E>> {
        let polled = match polled {
            None if self.phase.enter("a gather") == Phase::Open => {
                Some(self.branches.poll(cx, split))
            }
            polled => polled,
        };
        match polled {
            Some(Poll::Pending) => {
                self.phase = Phase::Open;
                return Poll::Pending;
            }
            Some(Poll::Ready(Ok(()))) => {
                self.phase = Phase::Done;
                return Poll::Ready(Ok(self.branches.take_items()));
            }
            Some(Poll::Ready(Err(error))) => self.fail(error),
            None => {}
        }
        ready!(self.drain.poll(cx));
        self.phase = Phase::Done;
        let error = self.error.take();
        Poll::Ready(Err(error.expect("a failed gather has its error")))
    }
}

impl<F, T, E> Drop for Spread<F, T, E> {
    #[inline]
    fn drop(&mut self) {
        if self.phase != Phase::Done {
            self.abandon();
        }
    }
}
