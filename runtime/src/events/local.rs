//! The single-threaded loop: a first-in, first-out executor inside of one future.

use super::home::{Here, LoopRef, Owned, Step};
use super::turns::{TICK, Turns};
use crate::graph;
use crate::outcome::Outcome;
use crate::scope::{More, Simply, report};
use crate::tasks::{Body, Header, Polled, TaskRef, console, current, polling};
use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::runtime::{Handle, Id, RuntimeMetrics};

/// After so many of them it looks at Tokio's budget.
const BUDGET_TICK: usize = 8;

/// A future of the loop that is no task of the program's; it is never moved to another thread.
type Beside = Pin<Box<dyn Future<Output = ()>>>;

/// The loop of this thread.
pub(crate) struct LocalLoop {
    owned: Owned,
    turns: Turns,
}

impl LocalLoop {
    pub(crate) fn new(runtime: Id) -> Rc<Self> {
        Rc::new(LocalLoop {
            owned: Owned::new(runtime),
            turns: Turns::default(),
        })
    }

    /// Runs `driver` and all tasks until `driver` is done. It has its turn as a task has, and as soon as the
    /// [main task](MainTask) has ended that it makes.
    pub(crate) async fn run<F: Future>(self: Rc<Self>, driver: F) -> F::Output {
        let _owning = self.owned.own();
        let mut driver = std::pin::pin!(driver);
        let marker = self.owned.driver();
        marker.task().wake();
        let tokio = Handle::current().metrics();
        let poll = |cx: &mut Context<'_>| {
            self.turn(cx, &tokio, marker.task(), |cx| driver.as_mut().poll(cx))
        };
        std::future::poll_fn(poll).await
    }

    /// One turn: some tasks, then back to the driver.
    fn turn<R>(
        &self,
        cx: &mut Context<'_>,
        tokio: &RuntimeMetrics,
        marker: &TaskRef,
        mut driver: impl FnMut(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let _at_work = self.owned.work(Some(cx.waker()));
        let introspected = graph::is_on();
        let _on_loop = graph::OnLoop::start(introspected && !console::SHOWS);
        let _bare = current::on_bare_loop();
        let mut turn = self.turns.begin(self.owned.was_disturbed(), tokio);
        let mut steps = 0;
        loop {
            for _ in 0..BUDGET_TICK {
                let is_drivers_turn = Cell::new(false);
                let has_ended = |task: &TaskRef, has_ended: bool| {
                    is_drivers_turn.set(has_ended && self.owned.is_main(task));
                    has_ended
                };
                match self.owned.next() {
                    None if self.owned.refill() || self.owned.settle() => {}
                    None => return Poll::Pending,
                    Some(Step::Call(callback)) => callback.run(),
                    Some(Step::Poll(task)) => {
                        let simply = |task: &TaskRef| {
                            // SAFETY: it lives, and this is the thread of its loop, outside of every body.
                            #[allow(unsafe_code)]
                            let poll =
                                |cx: &mut Context<'_>| unsafe { polling::poll_simply(task, cx) };
                            has_ended(task, task.with_context(introspected, poll))
                        };
                        let otherwise = |task: &TaskRef| {
                            if task.is(marker) {
                                is_drivers_turn.set(true);
                                return false;
                            }
                            // SAFETY: as above.
                            #[allow(unsafe_code)]
                            let poll =
                                |cx: &mut Context<'_>| unsafe { polling::poll_with_all(task, cx) };
                            has_ended(task, task.with_context(introspected, poll))
                        };
                        self.owned.unqueue(task, simply, otherwise);
                    }
                }
                if is_drivers_turn.get()
                    && let Poll::Ready(end) = marker.with_context(introspected, &mut driver)
                {
                    return Poll::Ready(end);
                }
            }
            // Tokio's budget is for all tasks of a turn: without any left its leaves only say Pending. Those
            // that did so come again, in the few steps until this is noticed.
            if !tokio::task::coop::has_budget_remaining() {
                self.owned.settle();
                break;
            }
            steps += BUDGET_TICK;
            if steps == TICK {
                steps = 0;
                let due = self.owned.settle();
                let disturbed = due || self.owned.is_disturbed();
                if disturbed || !turn.goes_on(self.owned.first_alarm(), tokio) {
                    break;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Drops every task that is left.
    pub(crate) fn clear(&self) {
        let _owning = self.owned.own();
        let _at_work = self.owned.work(None);
        let mut is_clear = false;
        while !is_clear {
            // A panic must not leave anything to the loop that has this home next.
            report::catch("what an event loop dropped at its end", || {
                is_clear = self.clear_one();
            });
        }
    }

    /// Drops one. True if there is none.
    fn clear_one(&self) -> bool {
        // Dropping may run anything, spawn among it.
        if let Some(task) = self.owned.tasks().last() {
            self.owned.abandon(&task);
            return false;
        }
        match self.owned.next() {
            None => return !self.owned.refill(),
            Some(Step::Call(callback)) => drop(callback),
            Some(Step::Poll(task)) => self.owned.unqueue(task, |_| false, |_| false),
        }
        false
    }
}

impl Drop for LocalLoop {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Body for Beside {
    type Output = ();

    #[allow(unsafe_code)]
    unsafe fn poll_simply(self: Pin<&mut Self>, _: &TaskRef, cx: &mut Context<'_>) -> Simply<()> {
        match self.get_mut().as_mut().poll(cx) {
            Poll::Pending => Simply::Pending,
            Poll::Ready(()) => Simply::Value(()),
        }
    }

    /// The loop ends with it.
    fn end_with(self: Pin<&mut Self>, panic: Box<dyn Any + Send>) {
        resume_unwind(panic);
    }

    fn poll_elsewhere(self: Pin<&mut Self>, _: &TaskRef, _: &mut Context<'_>) -> Simply<()> {
        unreachable!("it is of a loop of ours")
    }

    fn is_simple(self: Pin<&mut Self>, _: &TaskRef) -> bool {
        true
    }

    fn poll_on(
        self: Pin<&mut Self>,
        _: &TaskRef,
        cx: &mut Context<'_>,
        _on_loop: bool,
        _: More,
    ) -> Polled<()> {
        self.get_mut().as_mut().poll(cx).map(|()| Ok(Some(())))
    }

    fn abandon(self: Pin<&mut Self>, _task: &TaskRef) -> Outcome<()> {
        let future = std::mem::replace(self.get_mut(), Box::pin(std::future::pending()));
        report::catch("a future of the event loop, when dropped,", || drop(future));
        Outcome::Returned(())
    }

    fn is_empty(&self) -> bool {
        false
    }
}

/// The loop that this code runs on.
pub(super) fn current_loop() -> Option<LoopRef> {
    Here::find().map(Here::handle)
}

/// Whether this code runs on a loop of ours, and not in a task of Tokio's on the same thread.
pub(crate) fn on_local_loop() -> bool {
    Here::find().is_some()
}

/// Runs a future on the loop of this thread; drops it where there is none.
pub(crate) fn spawn(future: Beside) {
    let _ = spawn_internal(future);
}

/// The same; gives the future back where there is no loop.
pub(crate) fn spawn_internal(future: Beside) -> Result<(), Beside> {
    match Here::find() {
        Some(here) => {
            here.spawn(Header::of_no_task, |_| future);
            Ok(())
        }
        None => Err(future),
    }
}
