//! What an executor runs for a task, ours or Tokio's.

use super::cell::{Body, End, Lent, Polled, TaskRef};
use super::header::{Callback, Ended, Header};
use super::{TaskHandle, TaskSpan, current, polling};
use crate::events::debug;
use crate::outcome::{Outcome, error_name, is_err};
use crate::scope::{More, Scope, Simply, report};
use pin_project_lite::pin_project;
use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// "Task exception was never retrieved".
///
/// Of a task that the end of its run cancelled, what asyncio says there.
#[cold]
pub(super) fn report_unretrieved<T>(header: &TaskRef, outcome: &Outcome<T>) {
    let what = match outcome {
        Outcome::Panicked(payload) => format!("panicked: {}", report::message(&**payload)),
        Outcome::Returned(value) if is_err(value) => {
            format!("returned an `Err({})`", error_name::<T>())
        }
        Outcome::Returned(_) if size_of::<T>() > 0 => return debug::report_never_awaited(header),
        Outcome::Returned(_) | Outcome::Cancelled(_) => return,
    };
    let message = if header.was_left_over() {
        "unhandled exception during asyncio.run() shutdown"
    } else {
        "Task exception was never retrieved"
    };
    crate::events::call_exception_handler(&crate::events::ExceptionContext::of(
        message,
        format!(
            "task `{}`, spawned at {}, {what}",
            header.name(),
            header.location
        ),
        Some(header.name()),
        Some(header.location),
    ));
}

pin_project! {
    /// Polls a task's future as a scope, and carries out requests to cancel it.
    pub(super) struct TaskBody<F: Future> {
        #[pin]
        scope: Scope<F>,
        span: TaskSpan,
    }
}

impl<F: Future> TaskBody<F> {
    /// One for a loop of ours.
    #[inline]
    pub(super) fn on_loop(future: F, header: &Header) -> Self {
        TaskBody {
            scope: Scope::pinned(future),
            span: TaskSpan::of(header),
        }
    }

    /// One that can leave its thread unless it is `pinned` to that.
    #[inline]
    pub(super) fn elsewhere(future: F, header: &Header, pinned: bool) -> Self {
        TaskBody {
            scope: if pinned {
                Scope::pinned(future)
            } else {
                Scope::new(future)
            },
            span: TaskSpan::of(header),
        }
    }

    /// Carries out what was requested since the last time.
    #[cold]
    fn carry_out_cancels(self: Pin<&mut Self>, task: &TaskRef, requested: u32) {
        let mut this = self.project();
        let first = task.requests.so_far() == 0;
        let stopped = task.requests.is_stopped();
        current::as_task_in(task, this.span, || {
            if stopped {
                this.scope.as_mut().stop();
            } else if this.scope.as_mut().is_running() {
                this.scope.as_mut().cancel();
            } else if !first {
                // The first one comes too late for a body that has ended: its value stands.
                this.scope.as_mut().interrupt();
            }
        });
        task.requests.carried_out(requested);
    }
}

impl<F: Future> Body for TaskBody<F> {
    type Output = F::Output;

    #[inline(always)]
    unsafe fn poll_simply(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
    ) -> Simply<F::Output> {
        let this = self.project();
        let _in_span = this.span.enter();
        // SAFETY: passed on to the caller.
        let polled = unsafe { this.scope.poll_on_loop(cx) };
        // A request of its own, or of a task that it polled, has made it special.
        if matches!(polled, Simply::Pending) && task.standing().is_special() {
            wake_if_due_after_all(task.lend(), cx);
        }
        polled
    }

    fn end_with(self: Pin<&mut Self>, panic: Box<dyn Any + Send>) {
        let this = self.project();
        let _in_span = this.span.enter();
        this.scope.end_with(panic);
    }

    #[inline(always)]
    fn poll_elsewhere(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
    ) -> Simply<F::Output> {
        if task.requests.due().is_some() {
            return Simply::More(More::All);
        }
        let this = self.project();
        let _in_span = this.span.enter();
        let polled = this.scope.poll_simply(cx);
        if matches!(polled, Simply::Pending) {
            wake_if_due(task, cx);
        }
        polled
    }

    fn is_simple(self: Pin<&mut Self>, task: &TaskRef) -> bool {
        self.project().scope.is_fresh() && task.requests.due().is_none()
    }

    fn poll_on(
        mut self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
        on_loop: bool,
        more: More,
    ) -> Polled<F::Output> {
        if more == More::All
            && let Some(requested) = task.requests.due()
        {
            self.as_mut().carry_out_cancels(task, requested);
        }
        let this = self.project();
        let _in_span = this.span.enter();
        let polled = this.scope.poll_on(cx, on_loop, more);
        if polled.is_pending() {
            wake_if_due(task, cx);
        }
        polled
    }

    /// Its cleanup is handed over.
    fn abandon(self: Pin<&mut Self>, task: &TaskRef) -> Outcome<F::Output> {
        let this = self.project();
        let mut scope = this.scope;
        current::as_task_in(task, this.span, || scope.as_mut().cancel());
        outcome(scope.take_end(), task)
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.scope.is_empty() && !std::mem::needs_drop::<TaskSpan>()
    }
}

/// A request from inside of a poll has its turn after what is ready, as one from outside has.
#[inline(always)]
fn wake_if_due(task: &TaskRef, cx: &Context<'_>) {
    if task.requests.due().is_some() {
        cx.waker().wake_by_ref();
    }
}

/// The same for a task of our loop, out of line.
#[allow(unsafe_code)]
#[cold]
#[inline(never)]
fn wake_if_due_after_all(task: Lent, cx: &Context<'_>) {
    // SAFETY: it is the one that is polled, so it is alive.
    unsafe { task.with(|task| wake_if_due(task, cx)) };
}

/// What may go where a root with a future of this type may.
pub(super) trait Carries<F> {}

/// Of a root that can be sent, as its future can.
pub(super) struct Anywhere;

impl<F: Send> Carries<F> for Anywhere {}

/// Of a root that stays on its thread.
pub(super) struct OneThread(#[expect(dead_code, reason = "so it cannot be sent")] *const ());

impl<F> Carries<F> for OneThread {}

/// A task as a future, for executors that are not ours. It can be sent where a `P` can.
///
/// It is small, whatever the task runs. Its waker must be the same in every poll, as those of executors are.
pub(crate) struct Root<P> {
    /// `None` once it is concluded.
    task: Option<TaskRef>,
    /// Between the end of the body and the conclusion.
    ended: Option<Ended>,
    /// Requests to cancel it have its waker.
    registered: bool,
    place: PhantomData<P>,
}

impl<P> Unpin for Root<P> {}

impl<P> Root<P> {
    /// With the reference of whoever runs the task.
    ///
    /// # Safety
    ///
    /// The task is one that is polled elsewhere, in its list, and has no other root. If a `P` can be sent, its
    /// body can.
    #[allow(unsafe_code)]
    #[inline]
    pub(super) unsafe fn new(task: TaskRef) -> Self {
        Root {
            task: Some(task),
            ended: None,
            registered: false,
            place: PhantomData,
        }
    }

    /// The first poll, before an executor has the task: its waker is not the one to keep. True if it is done.
    #[allow(unsafe_code)]
    pub(super) fn poll_eagerly(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(task) = self.task.as_ref().filter(|_| self.ended.is_none()) {
            // SAFETY: it has not ended, so there is a body, which is this one's to poll.
            self.ended = unsafe { polling::run(task, cx) };
        }
        self.conclude();
        self.task.is_none()
    }

    /// Has everybody know, if it has ended.
    #[allow(unsafe_code)]
    #[inline(always)]
    fn conclude(&mut self) {
        if let Some(ended) = self.ended
            && let Some(task) = self.task.take()
        {
            // SAFETY: this one has run it; it was not concluded before.
            unsafe { polling::conclude(&task, ended) };
        }
    }

    /// The waker is known now.
    #[inline(never)]
    fn register(&mut self, waker: &Waker) {
        let Some(task) = &self.task else { return };
        self.registered = true;
        task.requests.set_waker(waker);
        // One may have come before.
        if task.requests.is_due() {
            waker.wake_by_ref();
        }
    }

    /// The executor drops it: a runtime that shuts down. It has to leave its list, whatever happens.
    #[allow(unsafe_code)]
    #[cold]
    fn abandon(&mut self) {
        self.conclude();
        if let Some(task) = self.task.take() {
            // SAFETY: it has not ended, so there is a body, which is this one's.
            unsafe { polling::abandon(&task) };
        }
    }
}

impl<P> Future for Root<P> {
    type Output = ();

    #[allow(unsafe_code)]
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if let Some(task) = &this.task
            && this.ended.is_none()
        {
            // SAFETY: it has not ended, so there is a body, which is this one's to poll.
            unsafe { polling::run_watched(task, cx, &mut this.ended) };
            if this.ended.is_none() {
                if !this.registered {
                    this.register(cx.waker());
                }
                return Poll::Pending;
            }
        }
        this.conclude();
        Poll::Ready(())
    }
}

impl<P> Drop for Root<P> {
    #[inline]
    fn drop(&mut self) {
        if self.task.is_some() {
            self.abandon();
        }
    }
}

/// A scope that gave no value was cancelled.
#[inline]
pub(super) fn outcome<T>(end: End<T>, task: &TaskRef) -> Outcome<T> {
    match end {
        Ok(Some(value)) => Outcome::Returned(value),
        Ok(None) => Outcome::Cancelled(task.cancelled_error()),
        Err(payload) => Outcome::Panicked(payload),
    }
}

/// Drops an outcome nobody wants; a panic in there has no other place to go than the report.
pub(super) fn discard<T>(outcome: Outcome<T>) {
    report::catch("the value of a task, when dropped,", || drop(outcome));
}

pub(super) fn run_callback(callback: Callback, handle: &TaskHandle) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| callback(handle))) {
        crate::events::call_exception_handler(&crate::events::ExceptionContext::of(
            "Exception in callback",
            format!(
                "a done-callback of task `{}` panicked: {}",
                handle.name(),
                report::message(&*payload)
            ),
            Some(handle.name()),
            None,
        ));
    }
}
