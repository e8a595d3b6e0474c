//! What children are added with.

use super::child::{Child, ChildOutput, InPlace, infallible};
use super::group_task::{ChildCell, GroupTask, refused};
use super::run::Run;
use super::start::{Start, TaskStatus};
use crate::Awaitable;
use crate::brief_lock::{Brief, BriefLock};
use crate::canceller::{Cancel, Canceller};
use crate::memory::{Counted, Pooled};
use crate::wakes::Wakes;
use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod sealed {
    pub trait Sealed {}
}

/// Whether the children of a group are `Send`: [`Sendable`] or [`Local`].
pub trait Flavour: sealed::Sealed {
    #[doc(hidden)]
    #[allow(private_bounds)]
    type Child<'s, E>: AnyChild<E>;
}

/// A child of any type.
pub(super) trait AnyChild<E> {
    fn as_child(&mut self) -> Pin<&mut dyn Child<E>>;
}

/// Children are `Send`, and so is the group.
#[derive(Debug)]
pub enum Sendable {}

/// Children need not be `Send`, and the group is not.
#[derive(Debug)]
pub enum Local {}

#[doc(hidden)]
#[allow(missing_debug_implementations)] // nobody outside can have one
pub struct SendChild<'s, E>(Pooled<dyn Child<E> + Send + 's>);
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct LocalChild<'s, E>(Pooled<dyn Child<E> + 's>);

macro_rules! made_of {
    ($wrapper:ident, $($send:tt)*) => {
        impl<'s, E> $wrapper<'s, E> {
            #[inline(always)]
            fn new<C: Child<E> $($send)* + 's>(make: impl FnOnce() -> C) -> Self {
                let child: NonNull<dyn Child<E> $($send)* + 's> = Pooled::new(make).into_raw();
                // SAFETY: it was put there just now, and is of the type that this was coerced from.
                #[allow(unsafe_code)]
                $wrapper(unsafe { Pooled::from_raw(child) })
            }
        }
    };
}

made_of!(SendChild, + Send);
made_of!(LocalChild,);

impl<E> AnyChild<E> for SendChild<'_, E> {
    fn as_child(&mut self) -> Pin<&mut dyn Child<E>> {
        self.0.as_mut()
    }
}

impl<E> AnyChild<E> for LocalChild<'_, E> {
    fn as_child(&mut self) -> Pin<&mut dyn Child<E>> {
        self.0.as_mut()
    }
}

impl sealed::Sealed for Sendable {}
impl sealed::Sealed for Local {}

impl Flavour for Sendable {
    type Child<'s, E> = SendChild<'s, E>;
}

impl Flavour for Local {
    type Child<'s, E> = LocalChild<'s, E>;
}

/// A group of children that none of them outlives: `asyncio.TaskGroup`.
///
/// [`task_group!`](crate::task_group!) makes one, runs a block with it, and awaits the children. By
/// hand: [`TaskGroup::new`], and [`TaskGroup::run`] around everything that uses it.
///
/// Children run in place, inside of the task that awaits the group. They may borrow whatever lives
/// longer than the group, and need no `'static`; those of [`TaskGroup::spawn`] run in parallel.
///
/// The first failure of a child or of the body cancels all the others. Their cleanup is awaited, then
/// all errors are given as an [`ExceptionGroup`](crate::ExceptionGroup), in the order in which they came, the body's last.
/// A panic counts as a failure; it resumes when everybody's cleanup is done.
pub struct TaskGroup<'s, E, M: Flavour = Sendable> {
    pub(super) shared: Arc<Shared<'s, E, M>>,
}

/// Adds children to a group from inside of a child, and tells it of errors: what [`TaskGroup::handle`] gives.
///
/// It may outlive the group; a group that has ended takes no more children.
pub struct GroupHandle<'s, E, M: Flavour = Sendable> {
    pub(super) shared: Arc<Shared<'s, E, M>>,
}

/// What a group, its handles and its future share.
pub(super) struct Shared<'s, E, M: Flavour> {
    state: BriefLock<State<'s, E, M>>,
    pub(super) wakes: Arc<Wakes>,
    pub(super) stop: Arc<Stop>,
    // Children borrow for exactly as long as the group lives.
    invariant: PhantomData<fn(&'s ()) -> &'s ()>,
}

pub(super) struct State<'s, E, M: Flavour> {
    pub(super) new: Vec<(u64, M::Child<'s, E>)>,
    next_key: u64,
    pub(super) limit: usize,
    /// Errors that no child returns, and that its future has not seen yet.
    pub(super) told: Vec<Told<E>>,
    /// Somebody runs it, or has run it.
    pub(super) entered: bool,
    /// It failed, was cancelled, or has ended.
    pub(super) closed: bool,
}

/// An error that a group was told of, and where.
pub(super) type Told<E> = (E, &'static Location<'static>);

/// How a group is cancelled, apart from what it borrows.
#[derive(Default)]
pub(super) struct Stop {
    cancelled: AtomicBool,
    /// There are errors in `State::told`.
    told: AtomicBool,
    ended: AtomicBool,
    wakes: Arc<Wakes>,
}

impl Stop {
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    pub(super) fn tell(&self) {
        self.told.store(true, Ordering::Release);
    }

    /// Whether there is something to hear, once.
    pub(super) fn hears(&self) -> bool {
        self.told.load(Ordering::Relaxed) && self.told.swap(false, Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl Cancel for Stop {
    // A group has no error to carry a reason.
    fn cancel(&self, _message: Option<Cow<'static, str>>) -> bool {
        if self.is_done() {
            return false;
        }
        self.cancelled.store(true, Ordering::Release);
        self.wakes.wake(CONTROL);
        true
    }

    fn is_done(&self) -> bool {
        self.has_ended()
    }
}

/// The key of the body among those of the children.
pub(super) const BODY: u64 = 0;

/// Not a future: something is to be looked at.
pub(super) const CONTROL: u64 = u64::MAX;

impl<'s, E, M: Flavour> Shared<'s, E, M> {
    fn new() -> Arc<Self> {
        let wakes = Arc::<Wakes>::default();
        Arc::new(Shared {
            state: BriefLock::new(State {
                new: Vec::new(),
                next_key: BODY + 1,
                limit: usize::MAX,
                told: Vec::new(),
                entered: false,
                closed: false,
            }),
            stop: Arc::new(Stop {
                wakes: Arc::clone(&wakes),
                ..Stop::default()
            }),
            wakes,
            invariant: PhantomData,
        })
    }

    pub(super) fn lock(&self) -> Brief<'_, State<'s, E, M>> {
        self.state.lock()
    }

    /// Adds a child, unless the group takes none any more.
    #[track_caller]
    fn add<T>(&self, make: impl FnOnce(Counted<ChildCell<T>>) -> M::Child<'s, E>) -> GroupTask<T> {
        let (cell, its_own) = ChildCell::pair();
        let child = make(its_own);
        let mut state = self.lock();
        if let Some(why) = self.refuses(&state) {
            drop(state);
            drop(child); // with the lock it could not look at the group
            return refused(why, &self.wakes);
        }
        let key = state.next_key;
        state.next_key += 1;
        // Where there are others, the group has been woken for them, and has not come yet.
        let is_first = state.new.is_empty();
        state.new.push((key, child));
        drop(state);
        if is_first {
            self.wakes.wake(CONTROL);
        }
        GroupTask::new(cell, &self.wakes, key)
    }

    /// Whether it takes no more children.
    fn is_closed(&self, state: &State<'s, E, M>) -> bool {
        self.stop.is_cancelled() || state.closed
    }

    /// Why it takes no more children.
    fn refuses(&self, state: &State<'s, E, M>) -> Option<&'static str> {
        if self.stop.is_done() {
            return Some("the task group is finished");
        }
        self.is_closed(state)
            .then_some("the task group is shutting down")
    }
}

macro_rules! adders {
    ($flavour:ident, $wrapper:ident, $($send:tt)*) => {
        impl<'s, E: 's $($send)*> Shared<'s, E, $flavour> {
            #[track_caller]
            fn start<F, T, S>(&self, child: F, split: S) -> GroupTask<T>
            where
                F: IntoFuture<Output: 's $($send)*>,
                F::IntoFuture: 's $($send)*,
                T: 's $($send)*,
                S: FnMut(F::Output) -> Result<T, E> + 's $($send)*,
            {
                let child = child.into_future();
                self.add(|cell| $wrapper::new(|| InPlace::new(child, cell, split)))
            }
        }

        impl<'s, E: 's $($send)*> GroupHandle<'s, E, $flavour> {
            /// [`TaskGroup::create_task`].
            #[track_caller]
            pub fn create_task<F>(&self, child: F) -> GroupTask<<F::Output as ChildOutput<E>>::Value>
            where
                F: IntoFuture<Output: ChildOutput<E, Value: 's $($send)*> + 's $($send)*>,
                F::IntoFuture: 's $($send)*,
            {
                self.shared.start(child, ChildOutput::split)
            }

            /// [`TaskGroup::create_value`].
            #[track_caller]
            pub fn create_value<F>(&self, child: F) -> GroupTask<F::Output>
            where
                F: IntoFuture<Output: 's $($send)*>,
                F::IntoFuture: 's $($send)*,
            {
                self.shared.start(child, infallible)
            }
        }

        impl<'s, E: 's $($send)*> TaskGroup<'s, E, $flavour> {
            /// Adds a child: `TaskGroup.create_task`.
            ///
            /// It gives `()` or a `Result` with the error of the group, starts when the body next
            /// suspends, and may borrow what lives longer than the group.
            ///
            /// A group that failed, was cancelled or has ended takes no more children: the child is
            /// dropped, and awaiting it gives [`CancelledError`](crate::CancelledError).
            #[track_caller]
            pub fn create_task<F>(&self, child: F) -> GroupTask<<F::Output as ChildOutput<E>>::Value>
            where
                // rustc quotes the second of these lines under the errors that it causes.
                F: IntoFuture<Output: ChildOutput<E, Value: 's $($send)*> + 's $($send)*>,
                F::IntoFuture: 's $($send)*, // it borrows from outside of the block; not `Send`: `local |tg|`
            {
                self.shared.start(child, ChildOutput::split)
            }

            /// [`TaskGroup::create_task`] for a child that gives anything and cannot fail.
            #[track_caller]
            pub fn create_value<F>(&self, child: F) -> GroupTask<F::Output>
            where
                F: IntoFuture<Output: 's $($send)*>,
                F::IntoFuture: 's $($send)*,
            {
                self.shared.start(child, infallible)
            }

            /// Adds a child, and waits until it says that it is ready, with a value for the body:
            /// Trio's `nursery.start`.
            ///
            /// # Errors
            ///
            /// Awaiting gives [`CancelledError`](crate::CancelledError) if the child ends before it
            /// said so.
            ///
            /// # Examples
            ///
            /// ```
            /// use asyncio::{sleep, task_group};
            ///
            /// #[asyncio::main]
            /// async fn main() {
            ///     task_group!(|tg| {
            ///         let port = tg.start(async |status| {
            ///             status.started(8080);
            ///             sleep(0.01).await; // serves
            ///         }).await;
            ///         assert_eq!(port, Ok(8080));
            ///     }).await.unwrap();
            /// }
            /// ```
            #[track_caller]
            pub fn start<V, F, C>(&self, child: C) -> Start<V>
            where
                V: Send + 's,
                C: FnOnce(TaskStatus<V>) -> F,
                F: Future<Output: ChildOutput<E, Value: 's $($send)*> + 's $($send)*> $($send)* + 's,
            {
                let (status, start) = super::start::pair();
                drop(self.create_task(child(status)));
                start
            }
        }
    };
}

adders!(Sendable, SendChild, + Send);
adders!(Local, LocalChild,);

impl<E> TaskGroup<'_, E, Sendable> {
    /// A group for children that are `Send`.
    #[must_use]
    pub fn new() -> Self {
        TaskGroup {
            shared: Shared::new(),
        }
    }
}

impl<E> Default for TaskGroup<'_, E, Sendable> {
    fn default() -> Self {
        TaskGroup::new()
    }
}

impl<E> TaskGroup<'_, E, Local> {
    /// A group for children that need not be `Send`.
    #[must_use]
    pub fn local() -> Self {
        TaskGroup {
            shared: Shared::new(),
        }
    }
}

#[cfg(feature = "tokio")]
impl<E: Send + 'static> TaskGroup<'_, E, Sendable> {
    /// Adds a child that runs in parallel, as a task of its own: on a multi-threaded runtime on
    /// whichever thread is free. It borrows nothing.
    ///
    /// # Panics
    ///
    /// Without a running event loop.
    #[track_caller]
    pub fn spawn<F>(&self, child: F) -> GroupTask<<F::Output as ChildOutput<E>>::Value>
    where
        F: IntoFuture<Output: ChildOutput<E, Value: Send + 'static> + Send + 'static>,
        F::IntoFuture: Send + 'static,
    {
        self.handle().spawn(child)
    }
}

#[cfg(feature = "tokio")]
impl<E: Send + 'static> GroupHandle<'_, E, Sendable> {
    /// [`TaskGroup::spawn`].
    ///
    /// # Panics
    ///
    /// Without a running event loop.
    #[track_caller]
    pub fn spawn<F>(&self, child: F) -> GroupTask<<F::Output as ChildOutput<E>>::Value>
    where
        F: IntoFuture<Output: ChildOutput<E, Value: Send + 'static> + Send + 'static>,
        F::IntoFuture: Send + 'static,
    {
        let refuses = self.shared.refuses(&self.shared.lock());
        if let Some(why) = refuses {
            return refused(why, &self.shared.wakes);
        }
        let task = crate::create_task(child);
        let handle = task.handle();
        let mut child = self.shared.add(|cell| {
            SendChild::new(|| super::child::Spawned::new(task, cell, ChildOutput::split))
        });
        child.task = Some(handle);
        child
    }
}

impl<'s, E, M: Flavour> TaskGroup<'s, E, M> {
    /// A handle to add children with, from inside of a child.
    #[must_use]
    pub fn handle(&self) -> GroupHandle<'s, E, M> {
        GroupHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Cancels the body and all children: `TaskGroup.cancel()` of Python 3.15.
    ///
    /// Their cleanup is awaited, and the group gives what it has: the value of the body if that has
    /// ended, else an empty [`ExceptionGroup`](crate::ExceptionGroup). No effect on a group that has ended.
    pub fn cancel(&self) {
        self.shared.stop.cancel(None);
    }

    /// A handle that can do nothing but cancel the group.
    pub fn canceller(&self) -> Canceller {
        Canceller::new(Arc::clone(&self.shared.stop) as Arc<dyn Cancel>)
    }

    /// At most this many children run at a time; the others wait for their turn. Zero is one.
    pub fn set_limit(&self, limit: usize) {
        self.shared.lock().limit = limit.max(1);
        self.shared.wakes.wake(CONTROL);
    }

    /// Runs the body and the children until all are done: the `async with` block.
    ///
    /// An `Err` of the body is a value like any other here, and does not cancel the children; see
    /// [`TaskGroup::try_run`].
    ///
    /// # Errors
    ///
    /// With what the children failed with; empty if the group was cancelled.
    ///
    /// # Cancellation
    ///
    /// Dropped, it drops body and children and hands their cleanup over, side by side.
    ///
    /// # Panics
    ///
    /// If the group runs already, or did: it takes no children any more. With a panic of the body or of a child,
    /// when everybody's cleanup is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{TaskGroup, sleep};
    /// use std::convert::Infallible;
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let words = vec!["to".to_owned(), "be".to_owned()];
    ///     let tg = TaskGroup::<Infallible>::new();
    ///     let sum = tg.run(async {
    ///         let lengths: Vec<_> = words.iter().map(|word| tg.create_value(async { word.len() })).collect();
    ///         let mut sum = 0;
    ///         for length in lengths {
    ///             sum += length.await.unwrap();
    ///         }
    ///         sum
    ///     }).await;
    ///     assert_eq!(sum, Ok(4));
    /// }
    /// ```
    #[track_caller]
    pub fn run<B: Awaitable<K>, K>(&self, body: B) -> Run<'_, 's, E, M, B::Future, B::Output> {
        Run::new(&self.shared, body.into_awaited(), infallible)
    }

    /// [`TaskGroup::run`] for a body that can fail: its error cancels the children, and is the last of
    /// the group.
    ///
    /// # Errors
    ///
    /// With what the children and the body failed with; empty if the group was cancelled.
    ///
    /// # Panics
    ///
    /// As [`TaskGroup::run`].
    #[track_caller]
    pub fn try_run<B, T, K>(&self, body: B) -> Run<'_, 's, E, M, B::Future, T>
    where
        B: Awaitable<K, Output = Result<T, E>>,
    {
        Run::new(&self.shared, body.into_awaited(), std::convert::identity)
    }
}

impl<E, M: Flavour> GroupHandle<'_, E, M> {
    /// [`TaskGroup::cancel`].
    pub fn cancel(&self) {
        self.shared.stop.cancel(None);
    }
}

impl<E, M: Flavour> Clone for GroupHandle<'_, E, M> {
    fn clone(&self) -> Self {
        GroupHandle {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<E, M: Flavour> Drop for TaskGroup<'_, E, M> {
    /// Children that were added but never run hold handles that hold the group: break that.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        let new = std::mem::take(&mut state.new);
        drop(state);
        drop(new);
    }
}

impl<E, M: Flavour> fmt::Debug for TaskGroup<'_, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("TaskGroup")
            .field("children", &(state.next_key - 1))
            .field("closed", &state.closed)
            .finish()
    }
}

impl<E, M: Flavour> fmt::Debug for GroupHandle<'_, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle")
            .field("closed", &self.shared.is_closed(&self.shared.lock()))
            .finish()
    }
}

const _: fn() = || {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<TaskGroup<'_, String>>();
    send_and_sync::<GroupHandle<'_, String>>();
};
