//! `finally`: the guard whose future survives the drop.

use super::pending::{Cleanup, Item};
use super::{Scope, hand_over};
use crate::contextvars::{self, Context as Variables};
use send_wrapper::SendWrapper;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

/// Where and when a guard was made.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Its place among all guards: inner frames' guards are born later.
    pub(super) born: u64,
    pub(super) location: &'static Location<'static>,
    /// The context variables there, if there are any.
    context: Option<Variables>,
}

/// The number of the next guard.
static BORN: AtomicU64 = AtomicU64::new(FIRST);
const FIRST: u64 = 1;

/// Whether this program has ever made a guard. As long as it has not, nothing can be handed over.
///
/// Whoever has a guard, or what owns one, sees that it was made: from the same thread, or it came from
/// another one by something that synchronizes.
#[inline]
pub(crate) fn were_made() -> bool {
    BORN.load(Ordering::Relaxed) != FIRST
}

impl Mark {
    #[track_caller]
    pub(super) fn new() -> Self {
        Mark {
            born: BORN.fetch_add(1, Ordering::Relaxed),
            location: Location::caller(),
            context: contextvars::existing(),
        }
    }

    /// Gives a cleanup to the innermost scope.
    pub(super) fn hand_over(&mut self, cleanup: Cleanup) {
        let cleanup: Cleanup = match self.context.take() {
            Some(context) => Box::pin(context.scope(cleanup)),
            None => cleanup,
        };
        hand_over::hand_over(vec![Item::new(self.clone(), cleanup, false)]);
    }

    /// The same for one that is not `Send`: only a scope that stays on this thread takes it.
    pub(super) fn hand_over_local(&mut self, cleanup: LocalCleanup) {
        let cleanup: LocalCleanup = match self.context.take() {
            Some(context) => Box::pin(context.scope(cleanup)),
            None => cleanup,
        };
        hand_over::hand_over(vec![Item::new(self.clone(), wrap(cleanup), true)]);
    }
}

/// A cleanup that is not `Send`.
pub(super) type LocalCleanup = Pin<Box<dyn Future<Output = ()>>>;

fn wrap(cleanup: LocalCleanup) -> Cleanup {
    Box::pin(SendWrapper::new(cleanup))
}

/// A cleanup that runs whatever the way out: see [`finally`].
#[must_use = "the cleanup runs where the guard is dropped: bind it, as in `let _guard = finally(..)`"]
pub struct Finally {
    // The lock is never taken: it makes the guard `Sync`, since a reference to it gives nothing away.
    cleanup: Mutex<Option<Cleanup>>,
    mark: Mark,
}

/// A cleanup that is not `Send`: see [`finally_local`].
#[must_use = "the cleanup runs where the guard is dropped: bind it, as in `let _guard = finally_local(..)`"]
pub struct FinallyLocal {
    cleanup: Option<LocalCleanup>,
    mark: Mark,
}

/// Python's `try: .. finally:` with an `await` in the `finally`: a guard whose future runs when the
/// guard is dropped, whatever the way out.
///
/// Return, `?`, panic, cancellation, a time-out, a lost race: the drop does not run the future, it
/// hands it over to the innermost *scope* of the current task, which runs it and is not done before it
/// is done. Scopes are tasks, [`run`](crate::run), [`timeout`](crate::timeout()) and its like,
/// [`gather!`](crate::gather!), [`wait_first!`](crate::wait_first!), task groups, and
/// [`scope`](crate::scope()). Inner guards' futures end before outer ones start.
///
/// The future owns its data (`'static`) and is `Send`; [`finally_local`] takes one that is not.
/// [`with`](crate::with()) does the same for a resource, without the bookkeeping.
///
/// # Cancellation
///
/// The cleanup is not cancelled by what cancelled the body. A second
/// [`Task::cancel`](crate::Task::cancel) interrupts the cleanup that is running then.
///
/// # Examples
///
/// ```
/// use asyncio::{create_task, finally, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let task = create_task(async {
///         let _guard = finally(async {
///             sleep(0.01).await; // awaits, although the task is cancelled
///             println!("rolled back");
///         });
///         sleep(3600).await;
///     });
///     sleep(0.01).await;
///     task.cancel();
///     assert!(task.await.is_err()); // by now it says "rolled back"
/// }
/// ```
#[track_caller]
pub fn finally<F>(cleanup: F) -> Finally
where
    F: IntoFuture<Output = ()>,
    F::IntoFuture: Send,    // one that is not: `finally_local(..)`
    F::IntoFuture: 'static, // it owns what it uses: `async move`
{
    Finally::new(Box::pin(cleanup.into_future()), Mark::new())
}

/// [`finally`] for a future that is not `Send`.
///
/// It is for code that stays on one thread: inside of [`run`](crate::run) on the single-threaded
/// loop, or of a task made by [`create_local_task`](crate::create_local_task). Dropped elsewhere, the
/// cleanup cannot run and is reported.
///
/// # Examples
///
/// ```
/// use asyncio::{finally_local, scope, sleep};
/// use std::{cell::Cell, rc::Rc};
///
/// #[asyncio::main]
/// async fn main() {
///     let cleaned = Rc::new(Cell::new(false));
///     scope({
///         let cleaned = cleaned.clone();
///         async move {
///             let _guard = finally_local(async move {
///                 sleep(0.01).await;
///                 cleaned.set(true);
///             });
///         }
///     })
///     .await;
///     assert!(cleaned.get());
/// }
/// ```
#[track_caller]
pub fn finally_local<F>(cleanup: F) -> FinallyLocal
where
    F: IntoFuture<Output = ()>,
    F::IntoFuture: 'static,
{
    FinallyLocal::new(Box::pin(cleanup.into_future()), Mark::new())
}

/// [`finally`] for a place that is not the caller's.
#[cfg(feature = "tokio")]
pub(crate) fn finally_at(
    cleanup: impl Future<Output = ()> + Send + 'static,
    location: &'static Location<'static>,
) -> Finally {
    let mut mark = Mark::new();
    mark.location = location;
    Finally::new(Box::pin(cleanup), mark)
}

impl Finally {
    pub(super) fn new(cleanup: Cleanup, mark: Mark) -> Self {
        Finally {
            cleanup: Mutex::new(Some(cleanup)),
            mark,
        }
    }

    fn cleanup(&mut self) -> &mut Option<Cleanup> {
        self.cleanup
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the cleanup here and now, in line, and what guards inside of it hand over.
    ///
    /// # Cancellation
    ///
    /// Cancelled while it runs, what is left of the cleanup is handed over.
    pub async fn run(mut self) {
        let cleanup = self.cleanup().take();
        InLine::new(cleanup, self.mark.clone(), false).await;
    }

    /// Forgets the cleanup: it never runs.
    pub fn disarm(mut self) {
        drop(self.cleanup().take());
    }
}

impl FinallyLocal {
    pub(super) fn new(cleanup: LocalCleanup, mark: Mark) -> Self {
        FinallyLocal {
            cleanup: Some(cleanup),
            mark,
        }
    }

    /// Runs the cleanup here and now, in line, and what guards inside of it hand over.
    ///
    /// # Cancellation
    ///
    /// Cancelled while it runs, what is left of the cleanup is handed over.
    pub async fn run(mut self) {
        let cleanup = self.cleanup.take().map(wrap);
        InLine::new(cleanup, self.mark.clone(), true).await;
    }

    /// Forgets the cleanup: it never runs.
    pub fn disarm(mut self) {
        drop(self.cleanup.take());
    }
}

/// A cleanup that runs in line, as a scope of its own; handed over when it is dropped.
struct InLine {
    // `None` once it has ended.
    work: Option<Scope<Cleanup>>,
    mark: Mark,
    local: bool,
}

impl InLine {
    fn new(cleanup: Option<Cleanup>, mark: Mark, local: bool) -> Self {
        InLine {
            work: cleanup.map(Scope::new),
            mark,
            local,
        }
    }
}

impl Future for InLine {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Taken out, since one that panics must not be polled again.
        let Some(mut work) = self.work.take() else {
            return Poll::Ready(());
        };
        let done = Pin::new(&mut work).poll(cx);
        if done.is_pending() {
            self.work = Some(work);
        }
        done.map(|_| ())
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            hand_over::hand_over(vec![Item::begun(self.mark.clone(), work, self.local)]);
        }
    }
}

impl Drop for Finally {
    fn drop(&mut self) {
        if let Some(cleanup) = self.cleanup().take() {
            self.mark.hand_over(cleanup);
        }
    }
}

impl Drop for FinallyLocal {
    fn drop(&mut self) {
        if let Some(cleanup) = self.cleanup.take() {
            self.mark.hand_over_local(cleanup);
        }
    }
}

impl fmt::Debug for Finally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finally")
            .field("location", &self.mark.location)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FinallyLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinallyLocal")
            .field("location", &self.mark.location)
            .finish_non_exhaustive()
    }
}
