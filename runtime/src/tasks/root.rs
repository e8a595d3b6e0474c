//! What an executor runs for a task, ours or Tokio's.

use super::cell::{Body, End, Polled, TaskRef};
use super::header::{Callback, Header};
use super::{TaskHandle, TaskSpan, current, polling};
use crate::events::debug;
use crate::outcome::{Outcome, error_name, is_err};
use crate::scope::{Scope, report};
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

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
    /// One that can leave its thread unless it is `pinned` to that.
    pub(super) fn new(future: F, header: &Header, pinned: bool) -> Self {
        TaskBody {
            scope: if pinned {
                Scope::pinned(future)
            } else {
                Scope::new(future)
            },
            span: TaskSpan::of(header),
        }
    }

    /// One for the loop, which wakes the task without a waker.
    #[inline]
    pub(super) fn on_loop(future: F, header: &Header) -> Self {
        TaskBody {
            scope: Scope::pinned(future),
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
            } else if this.scope.is_running() {
                this.scope.as_mut().cancel();
            } else if !first {
                // The first one comes too late for a body that has ended: its value stands.
                this.scope.as_mut().interrupt();
            }
        });
        task.requests.carried_out(requested);
    }

    /// Polls it where it is the current task, on a loop of ours or elsewhere.
    #[inline(always)]
    fn poll_here(
        mut self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
        on_loop: bool,
    ) -> Polled<F::Output> {
        let requested = task.requests.made();
        if requested != task.requests.so_far() {
            self.as_mut().carry_out_cancels(task, requested);
        }
        let this = self.project();
        let _in_span = this.span.enter();
        let polled = this.scope.poll_caught(cx, on_loop);
        // A request from inside of this poll has its turn after what is ready, as one from outside has.
        if polled.is_pending() && task.requests.is_due() {
            cx.waker().wake_by_ref();
        }
        polled
    }

    /// Polls it where somebody else than a loop of ours does.
    #[inline(always)]
    fn poll_elsewhere(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome<F::Output>> {
        let poll = |cx: &mut Context<'_>| self.poll_here(task, cx, false);
        let polled = polling::within(task, cx, poll, Poll::is_pending);
        polled.map(|end| outcome(end, task))
    }
}

impl<F: Future> Body for TaskBody<F> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, task: &TaskRef, cx: &mut Context<'_>) -> Polled<F::Output> {
        self.poll_here(task, cx, true)
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

/// Ends a task that somebody else than a loop of ours polls.
///
/// # Safety
///
/// Of a task of this type that is in its list, once, with nothing in the stage; for whoever runs it.
#[allow(unsafe_code)]
#[inline]
unsafe fn end<T>(task: &TaskRef, outcome: Outcome<T>) {
    // SAFETY: passed on to the caller.
    let ended = unsafe { task.put(outcome) };
    // SAFETY: as above.
    unsafe { polling::conclude(task, ended) };
}

pin_project! {
    /// A task as a future, for executors that are not ours.
    ///
    /// Its waker must be the same in every poll, as those of executors are.
    pub(crate) struct Root<F: Future> {
        #[pin]
        body: TaskBody<F>,
        // `None` once the outcome is delivered.
        task: Option<TaskRef>,
        // Requests to cancel it have its waker.
        registered: bool,
    }

    impl<F: Future> PinnedDrop for Root<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(task) = this.task.take() {
                // The executor drops it: a runtime that shuts down.
                // It has to leave its list, whatever happens.
                let outcome = catch_unwind(AssertUnwindSafe(|| this.body.abandon(&task)));
                let outcome = outcome.unwrap_or_else(Outcome::Panicked);
                // SAFETY: the task is of this output, as `new` says, and was not ended.
                #[allow(unsafe_code)]
                unsafe {
                    end(&task, outcome);
                }
            }
        }
    }
}

impl<F: Future> Root<F> {
    /// With the reference of whoever runs the task.
    ///
    /// # Safety
    ///
    /// The task is one of what `F` gives, polled elsewhere, in its list, and has no other root.
    #[allow(unsafe_code)]
    pub(super) unsafe fn new(future: F, task: TaskRef, pinned: bool) -> Self {
        Root {
            body: TaskBody::new(future, &task, pinned),
            task: Some(task),
            registered: false,
        }
    }

    /// The first poll, before an executor has the task: its waker is not the one to keep.
    pub(super) fn poll_eagerly(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_by(|body, task| body.poll_elsewhere(task, cx))
    }

    fn poll_by(
        self: Pin<&mut Self>,
        poll: impl FnOnce(Pin<&mut TaskBody<F>>, &TaskRef) -> Poll<Outcome<F::Output>>,
    ) -> Poll<()> {
        let this = self.project();
        let Some(task) = &this.task else {
            return Poll::Ready(());
        };
        let outcome = std::task::ready!(poll(this.body, task));
        if let Some(task) = this.task.take() {
            // SAFETY: as above.
            #[allow(unsafe_code)]
            unsafe {
                end(&task, outcome);
            }
        }
        Poll::Ready(())
    }
}

impl<F: Future> Future for Root<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let registered = std::mem::replace(self.as_mut().project().registered, true);
        self.poll_by(|body, task| {
            let outcome = polling::watched(task, || body.poll_elsewhere(task, cx));
            if outcome.is_pending() && !registered {
                task.requests.set_waker(cx.waker());
                // One may have come before the waker was known.
                if task.requests.is_due() {
                    cx.waker().wake_by_ref();
                }
            }
            outcome
        })
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
