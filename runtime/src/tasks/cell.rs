//! The memory of a task: what everybody shares who knows it, its future, and its outcome. One allocation.
//!
//! # Why this is sound
//!
//! A [`Cell`] lives until its last reference is dropped: those are counted in [`Head`], as `Arc` does. The
//! `Head` is at the same place in every cell, so a [`TaskRef`] need not know the cell's type; what depends
//! on it is in the table that the head points to, and each function of a table is made for the type of
//! the cells that have it.
//!
//! The *stage* holds the body, then the outcome, then nothing. The body is there from the beginning. It is
//! touched by whoever runs the task alone: our loop, on its own thread, or the task's one
//! [`Root`](super::root::Root), which goes to no thread that the body may not go to
//! ([`run`](TaskRef::run), [`abandon`](TaskRef::abandon)); and not any more once `lives` is false. It is pinned:
//! it does not move, and is dropped where it is. Who has dropped the body writes the outcome, once. Who may touch
//! the outcome after that is what [`Join`] decides. When the last reference goes the outcome was taken, or
//! dropped: by the `Task` that is dropped, or by the task if the `Task` was dropped before. (If the body's
//! owner forgets the task, or a `Task` is forgotten, the count never gets to zero.)
//!
//! `queued` and `lives` are for whoever runs the task only; the other fields are shared by atomics and locks. A
//! waker of a task of our loop is a counted reference.
#![allow(unsafe_code)]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "where a place is reached by a pointer, and used, one reason holds for both"
)]

use super::header::{Ended, Header};
use super::join::{Finished, Join};
use super::list::Links;
use super::{TaskHandle, pool, registry, root};
use crate::canceller::Cancel;
use crate::events::Home;
use crate::futures::CallbackId;
use crate::graph::count_clone;
use crate::outcome::Outcome;
use crate::scope::report;
use std::alloc::Layout;
use std::any::Any;
use std::borrow::Cow;
use std::cell::{Cell as Plain, UnsafeCell};
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, offset_of};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use tokio::runtime::Id;

/// What a body comes to: a value, nothing if it was cancelled, or a panic.
pub(super) type End<T> = Result<Option<T>, Box<dyn Any + Send>>;

pub(crate) type Polled<T> = Poll<End<T>>;

/// What is polled in a cell.
pub(crate) trait Body {
    /// What its outcome is of.
    type Output;

    /// Polls it, as the current task, on a loop of ours or elsewhere. `Ready` ends it: it is dropped, and the
    /// outcome takes its place. A panic must not come out of it, unless the loop is to end with it.
    fn poll(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
        on_loop: bool,
    ) -> Polled<Self::Output>;

    /// Nobody will poll it again.
    fn abandon(self: Pin<&mut Self>, task: &TaskRef) -> Outcome<Self::Output>;

    /// Whether there is nothing in it that has to be dropped.
    fn is_empty(&self) -> bool;
}

/// What a cell keeps of who runs it.
trait Runner: Copy {
    const ON_LOOP: bool;
}

/// A loop of ours, which the head has.
impl Runner for () {
    const ON_LOOP: bool = true;
}

/// A runtime of Tokio's.
impl Runner for Id {
    const ON_LOOP: bool = false;
}

#[repr(C)]
struct Cell<R, B, T> {
    head: Head,
    runner: R,
    stage: UnsafeCell<Stage<B, T>>,
}

union Stage<B, T> {
    body: ManuallyDrop<B>,
    #[allow(
        dead_code,
        reason = "the offset of the stage is all that `TaskRef::outcome` needs"
    )]
    outcome: ManuallyDrop<Outcome<T>>,
    nothing: (),
}

/// What is at the beginning of every cell.
pub(super) struct Head {
    references: AtomicU32,
    /// It is in the queue of its loop.
    queued: Plain<bool>,
    /// There is a body.
    lives: Plain<bool>,
    /// It is in the inbox of its loop.
    called: AtomicBool,
    table: &'static Table,
    /// The loop that polls it, if it is ours.
    home: Option<&'static Home>,
    links: Links,
    header: Header,
}

// SAFETY: see above for the fields that are not `Sync`; the header is, as the next line says.
unsafe impl Sync for Head {}
const _: fn() = can_be_shared::<Header>;

const fn can_be_shared<T: Send + Sync>() {}

impl Head {
    pub(super) fn links(&self) -> &Links {
        &self.links
    }
}

/// What depends on the type of a cell.
struct Table {
    /// How it ended, once the body is gone and the outcome in its place.
    run: unsafe fn(&TaskRef, &mut Context<'_>) -> Option<Ended>,
    abandon: unsafe fn(&TaskRef) -> Ended,
    /// Nobody will retrieve the outcome.
    lose: unsafe fn(&TaskRef),
    free: unsafe fn(NonNull<Head>),
    /// Where the outcome is.
    outcome: usize,
    runtime: unsafe fn(&TaskRef) -> Option<Id>,
}

/// The tables of cells that our loop polls.
struct OfLoop<B>(PhantomData<B>);

impl<B: Body> OfLoop<B> {
    const TABLE: &'static Table = &Table {
        run: run::<(), B>,
        abandon: abandon::<(), B>,
        lose: lose::<B::Output>,
        free: free::<(), B, B::Output>,
        outcome: offset_of!(Cell<(), B, B::Output>, stage),
        runtime: |task| task.head().home.and_then(|home| home.tasks().runtime()),
    };
}

/// The tables of cells that are polled elsewhere.
struct Elsewhere<B>(PhantomData<B>);

impl<B: Body> Elsewhere<B> {
    const TABLE: &'static Table = &Table {
        run: run::<Id, B>,
        abandon: abandon::<Id, B>,
        lose: lose::<B::Output>,
        free: free::<Id, B, B::Output>,
        outcome: offset_of!(Cell<Id, B, B::Output>, stage),
        runtime: |task| {
            let cell = task.0.cast::<Cell<Id, B, B::Output>>();
            // SAFETY: cells with this table are of this type, and live as long as the reference.
            Some(unsafe { &*cell.as_ptr() }.runner)
        },
    };
}

/// The table of cells of no task, which nobody polls.
static NO_TASK: Table = Table {
    run: |_, _| None,
    abandon: |_| Ended::Cancelled,
    lose: lose::<()>,
    free: free::<(), (), ()>,
    outcome: offset_of!(Cell<(), (), ()>, stage),
    runtime: |_| None,
};

/// The stage of a cell.
///
/// # Safety
///
/// The cell must be one of these types.
#[inline]
unsafe fn stage<R: Runner, B: Body>(task: &TaskRef) -> *mut Stage<B, B::Output> {
    let cell = task.0.cast::<Cell<R, B, B::Output>>();
    // SAFETY: the caller promises the type; the cell lives as long as the reference.
    UnsafeCell::raw_get(unsafe { &raw const (*cell.as_ptr()).stage })
}

/// # Safety
///
/// The cell must be one of these types with a body; for whoever runs the task, and not from inside of the body.
unsafe fn run<R: Runner, B: Body>(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there is a body, which nobody else touches. It stays where it is.
    let body = unsafe { Pin::new_unchecked(&mut *(*stage).body) };
    // The value takes one way, all else another.
    match body.poll(task, cx, R::ON_LOOP) {
        Poll::Pending => None,
        Poll::Ready(Ok(Some(value))) => {
            // SAFETY: as above.
            Some(unsafe { replace_body::<R, B>(task, Outcome::Returned(value)) })
        }
        Poll::Ready(Ok(None)) => {
            // SAFETY: as above.
            Some(unsafe { replace_body_without_value::<R, B>(task, Ok(None)) })
        }
        Poll::Ready(Err(payload)) => {
            // SAFETY: as above.
            Some(unsafe { replace_body_without_value::<R, B>(task, Err(payload)) })
        }
    }
}

/// # Safety
///
/// As [`run`].
#[cold]
#[inline(never)]
unsafe fn replace_body_without_value<R: Runner, B: Body>(
    task: &TaskRef,
    end: End<B::Output>,
) -> Ended {
    // SAFETY: passed on to the caller.
    unsafe { replace_body::<R, B>(task, root::outcome(end, task)) }
}

/// # Safety
///
/// As [`run`].
unsafe fn abandon<R: Runner, B: Body>(task: &TaskRef) -> Ended {
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there is a body, which nobody else touches. It stays where it is.
    let body = unsafe { Pin::new_unchecked(&mut *(*stage).body) };
    // What it reports may panic, where nobody has its standard error: the task ends all the same.
    let outcome = catch_unwind(AssertUnwindSafe(|| body.abandon(task)));
    let outcome = outcome.unwrap_or_else(Outcome::Panicked);
    // SAFETY: as above.
    unsafe { replace_body::<R, B>(task, outcome) }
}

/// Drops the body, and has the outcome take its place.
///
/// # Safety
///
/// As [`run`].
#[inline(always)]
unsafe fn replace_body<R: Runner, B: Body>(task: &TaskRef, outcome: Outcome<B::Output>) -> Ended {
    task.head().lives.set(false);
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there is a body, which nobody else touches.
    if !unsafe { &*(*stage).body }.is_empty() {
        // SAFETY: passed on to the caller.
        unsafe { drop_body::<R, B>(task) };
    }
    // SAFETY: there was a body, now there is nothing.
    unsafe { task.put(outcome) }
}

/// # Safety
///
/// As [`run`].
#[inline(never)]
unsafe fn drop_body<R: Runner, B: Body>(task: &TaskRef) {
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there was a body, it is dropped in its place and not touched again.
    let drop_body = || unsafe { ManuallyDrop::drop(&mut (*stage).body) };
    report::catch("what a task ran, when dropped,", drop_body);
}

/// # Safety
///
/// The task must have an outcome of this type, which is the task's side's.
#[cold]
unsafe fn lose<T>(task: &TaskRef) {
    // SAFETY: passed on to the caller. It is not read again.
    let outcome = unsafe { task.outcome::<T>().read() };
    root::report_unretrieved(task, &outcome);
    root::discard(outcome);
}

/// # Safety
///
/// The cell must be of this type, and nobody must have a reference.
unsafe fn free<R: Runner, B, T>(head: NonNull<Head>) {
    let cell = head.cast::<Cell<R, B, T>>();
    // SAFETY: it is there still.
    if !unsafe { head.as_ref() }.header.is_bare() {
        // SAFETY: nobody else has a reference. There is nothing in the stage, whose union drops nothing.
        unsafe { drop_cell(cell) };
    }
    // SAFETY: it was taken with this layout.
    unsafe { pool::give_back(cell.cast(), Layout::new::<Cell<R, B, T>>()) };
}

/// # Safety
///
/// As of `drop_in_place`.
#[cold]
#[inline(never)]
unsafe fn drop_cell<C>(cell: NonNull<C>) {
    // SAFETY: passed on to the caller.
    unsafe { cell.drop_in_place() };
}

/// A counted reference to a task, of whatever type.
#[repr(transparent)]
pub(crate) struct TaskRef(NonNull<Head>);

// SAFETY: what it gives access to can be used from any thread, see above; bodies and outcomes are
// touched through `Task` and the loop only, which see to their types.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

impl UnwindSafe for TaskRef {}
impl RefUnwindSafe for TaskRef {}

impl TaskRef {
    /// # Safety
    ///
    /// The table of the head is one of these types. The head may count more than one reference, but nobody uses
    /// the others before this has returned.
    #[inline(always)]
    unsafe fn make<R: Runner, B: Body>(
        head: impl FnOnce() -> Head,
        runner: R,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        /// Gives the memory back if the body cannot be made.
        struct Unfinished<R: Runner, B: Body>(NonNull<Head>, PhantomData<(R, B)>);
        impl<R: Runner, B: Body> Drop for Unfinished<R, B> {
            fn drop(&mut self) {
                // SAFETY: it is of this type, and nobody has a reference.
                unsafe { free::<R, B, B::Output>(self.0) }
            }
        }

        let memory = pool::take(Layout::new::<Cell<R, B, B::Output>>());
        let cell: *mut Cell<R, B, B::Output> = memory.cast().as_ptr();
        // Each part is made where it is to be, not moved there.
        // SAFETY: the memory has the cell's layout, and is nobody else's.
        unsafe {
            (&raw mut (*cell).head).write(head());
            (&raw mut (*cell).runner).write(runner);
        }
        let unfinished = Unfinished::<R, B>(memory.cast(), PhantomData);
        // SAFETY: the head was written just now, and stays there.
        let body = body(&unsafe { unfinished.0.as_ref() }.header);
        std::mem::forget(unfinished);
        // SAFETY: as above.
        unsafe { (&raw mut (*cell).stage).cast::<B>().write(body) };
        TaskRef(memory.cast())
    }

    /// A task that a loop of ours is to poll. Counts a second reference, the one of the loop, which it
    /// gives up once the task neither lives nor is in the queue.
    ///
    /// # Safety
    ///
    /// This is the thread of that loop.
    #[inline(always)]
    pub(crate) unsafe fn of_loop<B: Body + 'static>(
        header: impl FnOnce() -> Header,
        home: &'static Home,
        queued: bool,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        let head = || Head {
            references: AtomicU32::new(2),
            queued: Plain::new(queued),
            lives: Plain::new(true),
            called: AtomicBool::new(false),
            table: OfLoop::<B>::TABLE,
            home: Some(home),
            links: Links::default(),
            header: header(),
        };
        // SAFETY: the table is the one of this type; the loop learns of it later.
        unsafe { TaskRef::make(head, (), body) }
    }

    /// A task that is polled elsewhere. Counts a second reference, the one of its [`Root`](super::root::Root).
    #[inline(always)]
    pub(super) fn elsewhere<B: Body>(
        header: impl FnOnce() -> Header,
        runtime: Id,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        let head = || Head {
            references: AtomicU32::new(2),
            queued: Plain::new(false),
            lives: Plain::new(true),
            called: AtomicBool::new(false),
            table: Elsewhere::<B>::TABLE,
            home: None,
            links: Links::default(),
            header: header(),
        };
        // SAFETY: the table is the one of this type; the root is made later.
        unsafe { TaskRef::make(head, runtime, body) }
    }

    /// Stands for something that the loop polls by itself.
    pub(crate) fn marker(home: &'static Home) -> Self {
        let memory: NonNull<Cell<(), (), ()>> =
            pool::take(Layout::new::<Cell<(), (), ()>>()).cast();
        let cell = Cell {
            head: Head {
                references: AtomicU32::new(1),
                queued: Plain::new(false),
                lives: Plain::new(true),
                called: AtomicBool::new(false),
                table: &NO_TASK,
                home: Some(home),
                links: Links::default(),
                header: Header::of_no_task(),
            },
            runner: (),
            stage: UnsafeCell::new(Stage { nothing: () }),
        };
        // SAFETY: the memory has this layout, and is nobody else's.
        unsafe { memory.write(cell) };
        TaskRef(memory.cast())
    }

    /// The loop does not poll it any more.
    pub(crate) fn end_marker(&self) {
        self.head().lives.set(false);
    }

    /// Another reference.
    ///
    /// # Safety
    ///
    /// The task must be alive.
    #[inline]
    pub(super) unsafe fn counted(task: NonNull<Head>) -> Self {
        // SAFETY: the caller promises it; this reference is not dropped.
        let borrowed = ManuallyDrop::new(TaskRef(task));
        TaskRef::clone(&borrowed)
    }

    #[inline]
    fn head(&self) -> &Head {
        // SAFETY: the cell lives as long as there is a reference.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(super) fn links(&self) -> &Links {
        self.head().links()
    }

    #[inline]
    pub(super) fn pointer(&self) -> NonNull<Head> {
        self.0
    }

    /// Whether these are the same.
    #[inline]
    pub(crate) fn is(&self, other: &TaskRef) -> bool {
        self.0 == other.0
    }

    /// The same reference, not counted.
    #[inline]
    pub(crate) fn lend(&self) -> Lent {
        Lent(self.0)
    }

    /// Whether a loop of ours polls it.
    #[inline]
    pub(crate) fn is_on_loop(&self) -> bool {
        self.head().home.is_some()
    }

    /// Whether a loop of ours polls it, on this thread.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.head().home.is_some_and(Home::is_here)
    }

    /// The runtime it is of.
    pub(crate) fn runtime(&self) -> Option<Id> {
        // SAFETY: the table is the one of this cell's type.
        unsafe { (self.head().table.runtime)(self) }
    }

    /// For the loop: whether it is in its queue.
    #[inline]
    pub(crate) fn queued(&self) -> &Plain<bool> {
        &self.head().queued
    }

    /// For the loop: whether there is a body.
    #[inline]
    pub(crate) fn lives(&self) -> bool {
        self.head().lives.get()
    }

    /// Whether it is in the inbox of its loop.
    #[inline]
    pub(crate) fn called(&self) -> &AtomicBool {
        &self.head().called
    }

    /// Polls the body. Gives how it ended once it is gone, and the outcome in its place: then the task has to
    /// be [concluded](super::polling::conclude).
    ///
    /// # Safety
    ///
    /// There must be one; for whoever runs the task, and not from inside of the body.
    #[inline]
    pub(super) unsafe fn run(&self, cx: &mut Context<'_>) -> Option<Ended> {
        // SAFETY: the table is the one of this cell's type, the rest is passed on to the caller.
        unsafe { (self.head().table.run)(self, cx) }
    }

    /// Ends and drops the body; the outcome is in its place.
    ///
    /// # Safety
    ///
    /// As [`run`](Self::run).
    pub(super) unsafe fn abandon(&self) -> Ended {
        // SAFETY: as above.
        unsafe { (self.head().table.abandon)(self) }
    }

    /// Runs `f` with a context whose wake-ups are this task's. With introspection clones are counted.
    #[inline]
    pub(crate) fn with_context<R>(
        &self,
        counts_clones: bool,
        f: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        let table = if counts_clones {
            &COUNTING_WAKER
        } else {
            &WAKER
        };
        let data = self.0.as_ptr().cast::<()>();
        // SAFETY: the table's functions take references for what they are. It is not dropped, so it
        // needs no reference of its own while `self` is there.
        let waker = ManuallyDrop::new(unsafe { Waker::new(data.cast_const(), table) });
        f(&mut Context::from_waker(&waker))
    }

    /// Puts the outcome in its place, and says how the task ended.
    ///
    /// # Safety
    ///
    /// Of a task of this type, once, with nothing in the stage; for whoever runs the task.
    #[inline(always)]
    pub(super) unsafe fn put<T>(&self, outcome: Outcome<T>) -> Ended {
        let ended = Ended::of(&outcome);
        // SAFETY: the place is this side's until it is delivered, and nothing is in it.
        unsafe { self.outcome::<T>().write(outcome) };
        ended
    }

    /// Delivers the outcome.
    ///
    /// # Safety
    ///
    /// It is in its place, and such that the task ended like this; for whoever runs the task, once.
    #[inline]
    pub(super) unsafe fn deliver(&self, ended: Ended) -> Finished {
        // SAFETY: the caller runs the task.
        unsafe { self.join().finish(ended as u32) }
    }

    /// Wakes whoever awaits the outcome, or drops it if nobody will retrieve it.
    ///
    /// # Safety
    ///
    /// For whoever runs the task, once, with what `deliver` gave.
    pub(super) unsafe fn delivered(&self, finished: Finished) {
        // SAFETY: passed on to the caller.
        unsafe { self.join().wake(finished) };
        if finished.is_detached() {
            // SAFETY: the table is the one of this cell's type; the outcome stays with this side.
            unsafe { (self.head().table.lose)(self) };
        }
    }

    /// Takes the outcome out.
    ///
    /// # Safety
    ///
    /// Of a task of this type; for the owner of the `Task`, with `Join::has_outcome`.
    #[inline]
    pub(super) unsafe fn take_outcome<T>(&self) -> Outcome<T> {
        // SAFETY: passed on to the caller.
        unsafe { self.join().set_taken() };
        // SAFETY: as above; it is not read again.
        unsafe { self.outcome::<T>().read() }
    }

    /// The outcome, to look at.
    ///
    /// # Safety
    ///
    /// As [`take_outcome`](Self::take_outcome), and it must not be taken out meanwhile.
    pub(super) unsafe fn outcome_ref<T>(&self) -> &Outcome<T> {
        // SAFETY: passed on to the caller.
        unsafe { &*self.outcome::<T>() }
    }

    fn join(&self) -> &Join {
        &self.head().header.join
    }

    /// # Safety
    ///
    /// Of a task of this type.
    #[inline]
    unsafe fn outcome<T>(&self) -> *mut Outcome<T> {
        let offset = self.head().table.outcome;
        // SAFETY: the stage is there, in the cell's memory; all its fields are at its beginning.
        unsafe { self.0.as_ptr().byte_add(offset) }.cast()
    }
}

impl Deref for TaskRef {
    type Target = Header;

    #[inline]
    fn deref(&self) -> &Header {
        &self.head().header
    }
}

impl Clone for TaskRef {
    #[inline]
    fn clone(&self) -> Self {
        let before = self.head().references.fetch_add(1, Ordering::Relaxed);
        if before > u32::MAX / 2 {
            std::process::abort(); // references were forgotten; the count must not begin anew
        }
        TaskRef(self.0)
    }
}

impl Drop for TaskRef {
    #[inline]
    fn drop(&mut self) {
        let head = self.head();
        if head.references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            let free = head.table.free;
            // SAFETY: the table is the one of this cell's type; this was the last reference.
            unsafe { free(self.0) };
        }
    }
}

impl std::fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

/// A reference that is not counted.
#[derive(Clone, Copy)]
pub(crate) struct Lent(NonNull<Head>);

impl Lent {
    pub(crate) const ALIGN: usize = align_of::<Head>();

    /// The task as a word.
    #[inline]
    pub(crate) fn address(self) -> *const () {
        self.0.as_ptr().cast_const().cast()
    }

    /// The other way round.
    ///
    /// # Safety
    ///
    /// It comes from [`address`](Self::address).
    #[inline]
    pub(crate) unsafe fn at(address: *const ()) -> Self {
        // SAFETY: passed on to the caller; it is never null.
        Lent(unsafe { NonNull::new_unchecked(address.cast_mut().cast()) })
    }

    /// # Safety
    ///
    /// The task must be alive, and stay so while the reference is used.
    #[inline]
    pub(crate) unsafe fn with<R>(self, f: impl FnOnce(&TaskRef) -> R) -> R {
        let task = ManuallyDrop::new(TaskRef(self.0));
        f(&task)
    }

    /// Makes the reference of the loop one that is counted as usual.
    ///
    /// # Safety
    ///
    /// It must be the loop's to give.
    #[inline]
    pub(crate) unsafe fn into_counted(self) -> TaskRef {
        TaskRef(self.0)
    }
}

// A `static`: `Waker::will_wake` compares the address, and a `const` may have several.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, forget);

/// Of the waker that a task is polled with while there is introspection, which its clones do not equal: see
/// [`Probe`](crate::graph).
static COUNTING_WAKER: RawWakerVTable =
    RawWakerVTable::new(clone_and_count, wake, wake_by_ref, forget);

/// A clone that is not counted, if this is a waker that counts them.
#[inline]
pub(crate) fn clone_of_task(waker: &Waker) -> Option<Waker> {
    if !std::ptr::eq(waker.vtable(), &COUNTING_WAKER) {
        return None;
    }
    // SAFETY: wakers with this table are those of tasks, and it is alive.
    Some(unsafe { Waker::from_raw(clone(waker.data())) })
}

/// # Safety
///
/// As [`task_of`].
unsafe fn clone_and_count(data: *const ()) -> RawWaker {
    count_clone();
    // SAFETY: passed on to the caller.
    unsafe { clone(data) }
}

/// # Safety
///
/// `data` must be that of a waker of a task.
#[inline]
unsafe fn task_of(data: *const ()) -> ManuallyDrop<TaskRef> {
    // SAFETY: it is the address of a head, never null.
    let head = unsafe { NonNull::new_unchecked(data.cast_mut().cast::<Head>()) };
    ManuallyDrop::new(TaskRef(head))
}

/// # Safety
///
/// As [`task_of`].
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: passed on to the caller.
    let task = unsafe { task_of(data) };
    std::mem::forget(TaskRef::clone(&task)); // is the new waker's
    RawWaker::new(data, &WAKER)
}

/// # Safety
///
/// As [`task_of`]; it takes the waker's reference.
unsafe fn wake(data: *const ()) {
    // SAFETY: passed on to the caller.
    let task = ManuallyDrop::into_inner(unsafe { task_of(data) });
    task.wake();
}

/// # Safety
///
/// As [`task_of`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: passed on to the caller.
    unsafe { task_of(data) }.wake();
}

/// # Safety
///
/// As [`task_of`]; it takes the waker's reference.
unsafe fn forget(data: *const ()) {
    // SAFETY: passed on to the caller.
    drop(ManuallyDrop::into_inner(unsafe { task_of(data) }));
}

impl TaskRef {
    /// Asks the task to end: `Task.cancel()`. False if it has ended. See
    /// [`Requests::cancel`](super::requests::Requests::cancel).
    pub(crate) fn cancel(&self, message: Option<Cow<'static, str>>, again: bool) -> bool {
        if super::current::id() == Some(self.id) {
            // It looks for it when it suspends.
            return self.requests.cancel_itself(message, again);
        }
        let takes_it = self.requests.cancel(message, again);
        self.wake();
        takes_it
    }

    /// As [`cancel`](Self::cancel), at the end of a run.
    pub(crate) fn cancel_left_over(&self) {
        self.set_left_over();
        self.cancel(None, false);
    }

    /// Ends the task at once: its cleanup is dropped and reported.
    pub(crate) fn stop(&self) {
        self.requests.stop();
        self.wake();
    }

    /// Calls `f` when the task is done, at once if it is.
    pub(crate) fn when_done(&self, f: impl FnOnce() + Send + 'static) {
        let id = CallbackId::next();
        if let Some(callback) = self.on_done(id, Box::new(move |_| f())) {
            callback(&TaskHandle::new(self.clone()));
        }
    }

    /// Has its loop poll it, if a loop of ours does.
    #[inline]
    pub(crate) fn wake(&self) {
        if let Some(home) = self.head().home {
            home.wake(self);
        }
    }

    /// Enters the list of the tasks that have not ended.
    ///
    /// # Safety
    ///
    /// Once, with a reference that is given up after the task has left it.
    #[inline]
    pub(crate) unsafe fn enter_list(&self) {
        match self.head().home {
            // SAFETY: passed on to the caller.
            Some(home) => unsafe { home.tasks().insert(self) },
            // SAFETY: as above.
            None => unsafe { registry::list_of(self.id).insert(self) },
        }
    }

    /// Leaves the list.
    ///
    /// # Safety
    ///
    /// It is in there.
    #[inline]
    pub(crate) unsafe fn leave_list(&self) {
        match self.head().home {
            // SAFETY: passed on to the caller.
            Some(home) => unsafe { home.tasks().remove(self) },
            // SAFETY: as above.
            None => unsafe { registry::list_of(self.id).remove(self) },
        }
    }
}

impl Cancel for TaskRef {
    fn cancel(&self, message: Option<Cow<'static, str>>) -> bool {
        TaskRef::cancel(self, message, true)
    }

    fn is_done(&self) -> bool {
        self.ended().is_some()
    }
}
