//! How a cell comes to be.

use super::table::{Elsewhere, NO_TASK, OfLoop, Runner, free};
use super::{Body, Cell, Head, Stage, Standing, Table, TaskRef};
use crate::events::Home;
use crate::memory::pool;
use crate::tasks::header::Header;
use crate::tasks::list::Links;
use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32};
use tokio::runtime::Id;

impl Head {
    /// Of a task that lives, and that nobody has called from another thread.
    #[inline(always)]
    fn new(
        references: u32,
        queued: bool,
        table: &'static Table,
        home: Option<&'static Home>,
        header: Header,
    ) -> Self {
        Head {
            references: AtomicU32::new(references),
            standing: Standing::new(queued, header.deadline().is_some()),
            called: AtomicBool::new(false),
            table,
            home,
            links: Links::default(),
            header,
        }
    }
}

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
    /// This is the thread of that loop. The body is dropped, and so is its outcome, before anything that they borrow
    /// is gone.
    #[inline(always)]
    pub(crate) unsafe fn of_loop<B: Body>(
        header: impl FnOnce() -> Header,
        home: &'static Home,
        queued: bool,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        let head = || Head::new(2, queued, OfLoop::<B>::TABLE, Some(home), header());
        // SAFETY: the table is the one of this type; the loop learns of it later.
        unsafe { TaskRef::make(head, (), body) }
    }

    /// A task that is polled elsewhere. Counts a second reference, the one of its [`Root`](crate::tasks::root::Root).
    #[inline(always)]
    pub(in crate::tasks) fn elsewhere<B: Body>(
        header: impl FnOnce() -> Header,
        runtime: Id,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        let head = || Head::new(2, false, Elsewhere::<B>::TABLE, None, header());
        // SAFETY: the table is the one of this type; the root is made later.
        unsafe { TaskRef::make(head, runtime, body) }
    }

    /// Stands for something that the loop polls by itself.
    pub(crate) fn marker(home: &'static Home) -> Self {
        let memory: NonNull<Cell<(), (), ()>> =
            pool::take(Layout::new::<Cell<(), (), ()>>()).cast();
        let head = Head::new(1, false, &NO_TASK, Some(home), Header::of_no_task());
        let cell = Cell {
            head: Head {
                standing: Standing::new(false, true),
                ..head
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
        self.head().standing.end();
    }
}
