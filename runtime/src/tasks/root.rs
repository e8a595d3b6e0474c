//! The future that an executor runs for a task, and the slot that its outcome goes to.

use super::header::{Ended, Header};
use super::slot::Slot;
use super::{TaskHandle, TaskSpan, current, registry};
use crate::events::debug::{self, Watch};
use crate::graph;
use crate::outcome::{Outcome, error_name, is_err};
use crate::scope::{Scope, report};
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// "Task exception was never retrieved".
///
/// Of a task that the end of its run cancelled, what asyncio says there.
pub(super) fn report_unretrieved<T>(header: &Header, outcome: &Outcome<T>) {
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
    /// Polls a task's future as a scope, carries out requests to cancel it, and delivers the outcome.
    ///
    /// Its waker must be the same in every poll, as those of executors are.
    pub(crate) struct Root<F: Future> {
        #[pin]
        scope: Scope<F>,
        // `None` only while it is the current task.
        header: Option<Arc<Header>>,
        slot: Arc<Slot<Outcome<F::Output>>>,
        // `None` once the outcome is delivered.
        entry: Option<registry::Entry>,
        span: TaskSpan,
        // Requests to cancel that were carried out.
        cancels: u32,
        // The header knows the waker.
        registered: bool,
    }

    impl<F: Future> PinnedDrop for Root<F> {
        fn drop(this: Pin<&mut Self>) {
            if this.entry.is_some() {
                // The executor drops it: a runtime that shuts down.
                Root::abandon(this);
            }
        }
    }
}

impl<F: Future> Root<F> {
    pub(super) fn new(
        future: F,
        header: Arc<Header>,
        slot: Arc<Slot<Outcome<F::Output>>>,
        pinned: bool,
    ) -> Self {
        Root {
            scope: if pinned {
                Scope::pinned(future)
            } else {
                Scope::new(future)
            },
            entry: Some(registry::insert(Arc::clone(&header))),
            span: TaskSpan::of(&header),
            header: Some(header),
            slot,
            cancels: 0,
            registered: false,
        }
    }

    /// Nobody will poll it again: delivers what it came to. Its cleanup is handed over.
    fn abandon(mut self: Pin<&mut Self>) {
        let this = self.as_mut().project();
        let mut scope = this.scope;
        current::as_task(this.header, this.span, || scope.as_mut().cancel());
        let outcome = match scope.take_end() {
            Ok(value) => outcome(value, this.header.as_deref()),
            Err(payload) => Outcome::Panicked(payload),
        };
        self.deliver(outcome);
    }

    /// Carries out what was requested since the last time.
    fn carry_out_cancels(self: Pin<&mut Self>, requested: u32) {
        let mut this = self.project();
        let first = std::mem::replace(this.cancels, requested) == 0;
        let stopped = this
            .header
            .as_ref()
            .is_some_and(|header| header.requests.is_stopped());
        current::as_task(this.header, this.span, || {
            if stopped {
                this.scope.as_mut().stop();
            } else if this.scope.is_running() {
                this.scope.as_mut().cancel();
            } else if !first {
                // The first one comes too late for a body that has ended: its value stands.
                this.scope.as_mut().interrupt();
            }
        });
        if let Some(header) = this.header {
            header.requests.carried_out(requested);
        }
    }

    fn poll_once(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<F::Output>> {
        let this = self.as_mut().project();
        let Some(header) = this.header else {
            return Poll::Pending;
        };
        let requested = header.requests.made();
        if requested != *this.cancels {
            self.as_mut().carry_out_cancels(requested);
        }
        let this = self.as_mut().project();
        let watched = graph::is_on();
        if watched && let Some(header) = this.header {
            header.observed.step();
        }
        let (polled, waits) = current::as_task(this.header, this.span, || {
            graph::poll_task(watched, cx, |cx| {
                catch_unwind(AssertUnwindSafe(|| this.scope.poll(cx)))
            })
        });
        if let (Some(waits), Some(header)) = (waits, this.header) {
            if matches!(polled, Ok(Poll::Pending)) {
                header.observed.keep(waits);
            }
            header.observed.step();
        }
        let this = self.project();
        Poll::Ready(match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => outcome(value, this.header.as_deref()),
            Err(payload) => Outcome::Panicked(payload),
        })
    }

    fn deliver(self: Pin<&mut Self>, outcome: Outcome<F::Output>) {
        let this = self.project();
        let Some(header) = this.header else { return };
        let ended = match &outcome {
            Outcome::Returned(value) if is_err(value) => Ended::Failed,
            Outcome::Returned(_) => Ended::Returned,
            Outcome::Cancelled(_) => Ended::Cancelled,
            Outcome::Panicked(_) => Ended::Panicked,
        };
        let callbacks = header.end(ended);
        drop(this.entry.take());
        if let Some(unretrieved) = this.slot.store(outcome) {
            report_unretrieved(header, &unretrieved);
            discard(unretrieved);
        }
        let handle = TaskHandle::new(Arc::clone(header));
        for (_, callback) in callbacks {
            run_callback(callback, &handle);
        }
    }
}

impl<F: Future> Root<F> {
    /// The first poll, before an executor has the task: its waker is not the one to keep.
    pub(super) fn poll_eagerly(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let outcome = std::task::ready!(self.as_mut().poll_once(cx));
        self.deliver(outcome);
        Poll::Ready(())
    }
}

/// A scope that gave no value was cancelled.
fn outcome<T>(value: Option<T>, header: Option<&Header>) -> Outcome<T> {
    match value {
        Some(value) => Outcome::Returned(value),
        None => Outcome::Cancelled(header.map(Header::cancelled_error).unwrap_or_default()),
    }
}

/// Drops an outcome nobody wants; a panic in there has no other place to go than the report.
pub(super) fn discard<T>(outcome: Outcome<T>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(outcome))) {
        report::panic("the value of a task, when dropped,", &*payload);
    }
}

pub(super) fn run_callback(callback: super::header::Callback, handle: &TaskHandle) {
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

impl<F: Future> Future for Root<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let watch = Watch::start();
        let polled = self.as_mut().poll_until_pending(cx);
        watch.stop(|| match &self.header {
            Some(header) => format!("task `{}`, spawned at {},", header.name(), header.location),
            None => "a task".to_owned(),
        });
        polled
    }
}

impl<F: Future> Root<F> {
    fn poll_until_pending(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.registered
            && let Some(header) = &self.header
        {
            header.polled_by.get_or_init(tokio::task::try_id);
        }
        let outcome = self.as_mut().poll_once(cx);
        if let Poll::Ready(outcome) = outcome {
            self.deliver(outcome);
            return Poll::Ready(());
        }
        let this = self.as_mut().project();
        let Some(header) = this.header else {
            return Poll::Pending;
        };
        if !*this.registered {
            *this.registered = true;
            header.requests.set_waker(cx.waker());
        }
        // A request may have come before the waker was known, or from inside of this poll: it has its turn
        // after what is ready, as one from outside has.
        if header.requests.made() != *this.cancels {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
