//! The join of an iterator of futures.

use super::pinned::PinnedSlice;
use super::slot::Slot;
use crate::combine::{Phase, out_of_budget};
use crate::scope::{Drain, in_branch, poll_branch};
use crate::wakers::{Pass, Tree};
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
pub fn try_all<I, T, E>(iter: I, limit: usize) -> TryAll<I::Item, T, E>
where
    I: IntoIterator<Item: Future<Output = Result<T, E>>>,
{
    TryAll(Spread::new(iter, limit))
}

/// The future of [`all`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct All<F: Future>(Spread<F, F::Output, Infallible>);

/// The future of [`try_all`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct TryAll<F, T, E>(Spread<F, T, E>);

impl<F: Future> Future for All<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx, Ok).map(|Ok(items)| items)
    }
}

impl<F, T, E> Future for TryAll<F, T, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx, std::convert::identity)
    }
}

// The futures are behind a box and pinned there; items and error are never pinned.
impl<F: Future> Unpin for All<F> {}
impl<F, T, E> Unpin for TryAll<F, T, E> {}

impl<F: Future> fmt::Debug for All<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("All", f)
    }
}

impl<F, T, E> fmt::Debug for TryAll<F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("TryAll", f)
    }
}

/// The branches of an `All` or `TryAll`, and how far they are.
struct Spread<F, T, E> {
    slots: PinnedSlice<Slot<F, T>>,
    tree: Tree,
    phase: Phase,
    /// How many have been started.
    started: usize,
    /// How many of those are not finished.
    running: usize,
    limit: usize,
    error: Option<E>,
    drain: Drain,
}

impl<F, T, E> Spread<F, T, E> {
    #[track_caller]
    fn new(iter: impl IntoIterator<Item = F>, limit: usize) -> Self {
        assert!(
            limit > 0,
            "`limit` must be at least 1: with 0, no branch ever runs"
        );
        let slots = PinnedSlice::new(iter.into_iter().map(Slot::new));
        Spread {
            tree: Tree::new(slots.len()),
            slots,
            phase: Phase::Open,
            started: 0,
            running: 0,
            limit,
            error: None,
            drain: Drain::new(),
        }
    }

    /// Identifies this spread for [`in_branch`]: an odd address among the branches, which none of the
    /// combinators that are branches themselves can have.
    fn address(&self) -> usize {
        self.slots.address() | 1
    }

    /// Drops what is left of the branches, each on its own account.
    fn clear(&mut self) {
        let address = self.address();
        for index in 0..self.slots.len() {
            in_branch(address, index, || self.slots.get(index).clear());
        }
    }

    /// One branch has failed: drops the others, inside this scope.
    #[cold]
    fn fail(&mut self, error: E) {
        self.error = Some(error);
        self.phase = Phase::Cleanup;
        let mut drain = std::mem::take(&mut self.drain);
        drain.collect(|| self.clear());
        self.drain = drain;
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("phase", &self.phase)
            .field("branches", &self.slots.len())
            .field("started", &self.started)
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl<F: Future, T, E> Spread<F, T, E> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Poll<Result<Vec<T>, E>> {
        if self.phase.enter("a gather") == Phase::Open {
            match self.poll_branches(cx, split) {
                Ok(()) if self.running > 0 => {
                    self.phase = Phase::Open;
                    return Poll::Pending;
                }
                Ok(()) => {
                    self.phase = Phase::Done;
                    let slots = &mut self.slots;
                    return Poll::Ready(Ok((0..slots.len())
                        .map(|i| slots.get(i).take())
                        .collect()));
                }
                Err(error) => self.fail(error),
            }
        }
        ready!(self.drain.poll(cx));
        self.phase = Phase::Done;
        let error = self.error.take();
        Poll::Ready(Err(error.expect("a failed gather has its error")))
    }

    /// Polls the branches that are due, and starts others while there is room.
    fn poll_branches(
        &mut self,
        cx: &mut Context<'_>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Result<(), E> {
        self.start_branches();
        let left_over = self.tree.has_marked();
        let mut pass = if left_over { Pass::Marked } else { Pass::Woken };
        loop {
            match self.run(cx.waker(), pass, &split) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Stop::Failed(error)) => return Err(error),
                // What is marked now is polled first the next time, so each branch gets its turn.
                ControlFlow::Break(Stop::OutOfBudget) => break cx.waker().wake_by_ref(),
            }
            if !self.start_branches() {
                break;
            }
            pass = Pass::Marked;
        }
        if left_over && self.tree.has_woken() {
            cx.waker().wake_by_ref();
        }
        Ok(())
    }

    /// Marks branches to be polled for the first time while there is room. Says if there was.
    fn start_branches(&mut self) -> bool {
        let room = (self.limit - self.running).min(self.slots.len() - self.started);
        for index in self.started..self.started + room {
            self.tree.mark(index);
        }
        self.started += room;
        self.running += room;
        room > 0
    }

    /// Polls the branches of one pass.
    fn run(
        &mut self,
        parent: &Waker,
        pass: Pass,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> ControlFlow<Stop<E>> {
        let address = self.address();
        self.tree.poll(parent, pass, &mut |index, cx| {
            // A stale waker may have woken one that is not running.
            if index >= self.started {
                return ControlFlow::Continue(());
            }
            let slot = self.slots.get(index);
            if !slot.is_running() {
                return ControlFlow::Continue(());
            }
            match poll_branch(address, index, || slot.poll(cx, &split)) {
                Poll::Ready(Ok(())) => {
                    self.running -= 1;
                    ControlFlow::Continue(())
                }
                Poll::Ready(Err(error)) => ControlFlow::Break(Stop::Failed(error)),
                Poll::Pending if out_of_budget() => ControlFlow::Break(Stop::OutOfBudget),
                Poll::Pending => ControlFlow::Continue(()),
            }
        })
    }
}

/// Why a pass over the branches is broken off.
enum Stop<E> {
    Failed(E),
    /// Tokio's resources refuse to go on until the task has yielded: to poll further branches would
    /// be wasted on most of them.
    OutOfBudget,
}

impl<F, T, E> Drop for Spread<F, T, E> {
    fn drop(&mut self) {
        if self.phase != Phase::Done {
            self.clear();
        }
    }
}
