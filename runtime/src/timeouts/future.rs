//! The future of a time limit.

use super::TimeoutHandle;
use super::options::{Options, Rarely, handle};
use crate::events::{Alarm, Timer};
use crate::graph::{self, Suspended, poll_branch};
use crate::scope::Scope;
use crate::spared::Spared;
use crate::tasks::current::{self, Deadline, under_deadline};
use crate::{IntoDuration, TimeoutError};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

pin_project! {
    /// The future of [`timeout`](crate::timeout()), [`timeout_at`](crate::timeout_at) and [`wait_for`](crate::wait_for).
    #[must_use = "a time limit does nothing until you `.await` it"]
    pub struct Timeout<F: Future> {
        #[pin]
        parts: Spared<Parts<F>>,
    }
}

pin_project! {
    struct Parts<F: Future> {
        #[pin]
        scope: Scope<F>,
        limit: Deadline,
        // The first suspension: the limit counts from there. With a handle, from the first poll.
        started: Option<Instant>,
        // The alarm is for the limit, which is a deadline then, or there is none to set.
        armed: bool,
        never_start: bool,
        // Not polled yet, and without options.
        fresh: bool,
        expired: bool,
        // It has given its error.
        over: bool,
        alarm: Alarm,
        // Behind a box, as hardly anybody sets them: time limits are moved to their places.
        options: Rarely,
        place: &'static Location<'static>,
    }
}

impl<F: Future> Timeout<F> {
    #[track_caller]
    #[inline]
    pub(super) fn new(limit: Deadline, future: F) -> Self {
        let parts = Parts {
            scope: Scope::new(future),
            limit,
            started: None,
            armed: false,
            never_start: false,
            fresh: true,
            expired: false,
            over: false,
            alarm: Alarm::new(),
            options: Rarely::new(),
            place: Location::caller(),
        };
        Timeout {
            parts: Spared::new(parts),
        }
    }

    /// Has it run out before the future is polled at all.
    pub(super) fn never_start(&mut self) {
        let parts = self.parts.get_mut();
        parts.never_start = true;
        parts.fresh = false;
    }

    /// Limits the cleanup after the time-out: what has not ended by then is dropped, and reported.
    pub fn grace(mut self, limit: impl IntoDuration) -> Self {
        self.options().grace = Some(limit.into_duration());
        self
    }

    /// Lets `handle` see and move the deadline.
    pub fn with_handle(mut self, handle: &TimeoutHandle) -> Self {
        self.options().handle = Some(Arc::clone(&handle.control));
        self
    }

    fn options(&mut self) -> &mut Options {
        let parts = self.parts.get_mut();
        parts.fresh = false;
        parts.options.get_or_insert()
    }
}

impl<F: Future> Parts<F> {
    /// What the alarm is for.
    #[inline]
    fn due(&self) -> Option<Instant> {
        match self.limit {
            Deadline::At(at) if self.armed => Some(at),
            _ => None,
        }
    }

    /// Drops the future, and limits the cleanup.
    fn expire(self: Pin<&mut Self>) {
        let this = self.project();
        *this.expired = true;
        // Before the future is dropped: what cleans up can ask why.
        if let Some(handle) = handle(this.options) {
            handle.lock().expired = true;
        }
        this.scope.cancel();
        let grace = this.options.get().and_then(|options| options.grace);
        *this.alarm = Alarm::new();
        if let Some(grace) = grace {
            this.options.get_or_insert().ends = Some(Timer::after(grace));
        }
    }

    /// Whether the deadline has passed, at the first suspension.
    #[inline]
    fn is_overdue_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        if self.options.get().is_none() {
            return self.arm();
        }
        self.is_overdue(cx)
    }

    /// Whether the deadline has passed. Sets the timer, at first and when the handle moved the deadline.
    #[inline(never)]
    fn is_overdue(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        if self.options.get().is_some() {
            self.as_mut().look_at_handle(cx);
        }
        if !self.armed {
            return self.arm();
        }
        // To poll it would register a waker, most of the time for nothing: the future may be ready now.
        self.due().is_some_and(|at| self.alarm.rang(at))
    }

    /// The handle may have moved the deadline.
    #[cold]
    fn look_at_handle(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        let moved = handle(this.options).and_then(|handle| handle.take_request(cx.waker()));
        if let Some(at) = moved {
            *this.limit = at.map_or(Deadline::Within(Duration::MAX), Deadline::At);
            *this.armed = false;
        }
    }

    /// Sets the timer, unless the deadline has passed already: then this is true.
    #[inline(always)]
    fn arm(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        let now = Instant::now();
        let started = *this.started.get_or_insert(now);
        let at = match *this.limit {
            Deadline::Within(limit) => started.checked_add(limit),
            Deadline::At(at) => Some(at),
        };
        if let Some(handle) = handle(this.options) {
            handle.lock().when = at;
        }
        // Tokio's timer would need until the next millisecond.
        if at.is_some_and(|at| at <= now) {
            return true;
        }
        *this.armed = true;
        *this.limit = at.map_or(*this.limit, Deadline::At);
        *this.alarm = Alarm::new();
        false
    }

    /// Whether the deadline has passed; a wake-up when it does.
    #[inline]
    fn poll_timer(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.due() else { return false };
        self.project().alarm.poll(at, cx).is_ready()
    }

    /// For introspection: whoever polls this waits for what is inside, for so long.
    #[cold]
    fn note_wait(self: Pin<&mut Self>) {
        let due = self.due().filter(|_| !self.expired);
        let place = self.place;
        let options = self.project().options.get_or_insert();
        let deadline = options
            .ends
            .as_ref()
            .map_or(due, |ends| Some(ends.deadline()));
        options.node.wait(Suspended {
            name: "timeout",
            place: Some(place),
            total: Some(1),
            deadline,
            ..Suspended::default()
        });
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimeoutError>;

    // It is awaited in one place: there is nothing to share.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut parts = self.as_mut().project().parts;
        let mut polled = parts.as_mut().get_pinned();
        if !polled.fresh || graph::is_on() {
            return Parts::poll_again(parts, cx);
        }
        // A future that is ready at once needs neither a timer nor the time.
        let this = polled.as_mut().project();
        *this.fresh = false;
        let deadline = &*this.limit;
        let mut scope = this.scope;
        let value = scope
            .as_mut()
            .poll_first(cx, |body, cx| under_deadline(deadline, || body.poll(cx)));
        match value {
            Poll::Ready(Some(value)) => {
                if scope.is_empty() {
                    // SAFETY: the future was dropped, and there is no timer, nor are there options.
                    unsafe { parts.spare() }
                }
                Poll::Ready(Ok(value))
            }
            Poll::Ready(None) => Poll::Ready(polled.finish(None)),
            Poll::Pending => polled.poll_suspended(cx),
        }
    }
}

/// Whether the task has cancelled itself: it ends where it suspends next, and a limit of no time comes after that.
#[cold]
fn ends_here(cx: &Context<'_>) -> bool {
    let ends = current::header().is_some_and(|header| header.is_cancel_due());
    if ends {
        cx.waker().wake_by_ref(); // where that comes too late to have an effect, it is the limit's turn
    }
    ends
}

/// Whether an outer deadline has passed as well: it is its turn then. Where it does not end this task, as it was
/// another that set it, this one has its own with the next poll.
#[cold]
fn outer_goes_first(cx: &Context<'_>) -> bool {
    let passed = current::deadline().is_some_and(|at| at <= Instant::now());
    if passed {
        cx.waker().wake_by_ref();
    }
    passed
}

impl<F: Future> Parts<F> {
    fn poll_scope(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if graph::is_on() {
            return self.poll_scope_watched(cx);
        }
        // Cleanup is not under the deadline.
        let this = self.project();
        let deadline = &*this.limit;
        this.scope
            .poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
    }

    /// The same, where introspection is on.
    #[cold]
    #[inline(never)]
    fn poll_scope_watched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let this = self.project();
        let (deadline, scope) = (&*this.limit, this.scope);
        let node = &mut this.options.get_or_insert().node;
        poll_branch(true, node, 0, cx.waker(), |cx| {
            scope.poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)))
        })
    }

    /// The future has suspended.
    #[inline(never)]
    fn poll_suspended(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let first = !self.armed;
        let overdue = self.scope.is_running()
            && (first && self.as_mut().is_overdue_first(cx) || self.as_mut().poll_timer(cx));
        if overdue && !ends_here(cx) && !(first && outer_goes_first(cx)) {
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        if graph::is_on() {
            self.note_wait();
        }
        Poll::Pending
    }

    /// Any poll but the first one.
    #[inline(never)]
    fn poll_again(
        mut parts: Pin<&mut Spared<Self>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let mut polled = parts.as_mut().get_pinned();
        let goes_on = polled.options.get().is_none() && !polled.expired && !graph::is_on();
        let due = polled.due().filter(|_| goes_on);
        // The deadline is looked at before the future, so that it wins ties.
        if due.is_none_or(|at| polled.alarm.rang(at)) {
            return polled.poll_on(cx);
        }
        let this = polled.as_mut().project();
        let (deadline, mut scope) = (&*this.limit, this.scope);
        let value = scope
            .as_mut()
            .poll_with(cx, |body, cx| under_deadline(deadline, || body.poll(cx)));
        match value {
            Poll::Ready(Some(value)) => {
                this.alarm.put_off();
                if scope.is_empty() {
                    // SAFETY: the future was dropped, and there is no timer, nor are there options.
                    unsafe { parts.spare() }
                }
                Poll::Ready(Ok(value))
            }
            Poll::Ready(None) => Poll::Ready(polled.finish(None)),
            Poll::Pending => polled.poll_suspended(cx),
        }
    }

    /// Any poll but the first one, where there is more to look at.
    #[inline(never)]
    fn poll_on(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        if self.expired {
            return self.poll_expired(cx);
        }
        let first = self.started.is_none();
        // The deadline is looked at before the future, so that it wins ties; but the future runs up to
        // its first suspension in any case. The handle tells the deadline from the beginning.
        let overdue = (!first || handle(&self.options).is_some()) && self.as_mut().is_overdue(cx);
        if (overdue && !first || self.never_start) && self.scope.is_running() {
            if ends_here(cx) {
                return Poll::Pending;
            }
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => Poll::Ready(self.finish(value)),
            Poll::Pending => self.poll_suspended(cx),
        }
    }

    /// Awaits the cleanup of a future that was dropped, for as long as the grace limit lets it.
    #[cold]
    fn poll_expired(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let this = self.as_mut().project();
        let ends = this
            .options
            .get_mut()
            .and_then(|options| options.ends.as_mut());
        if ends.is_some_and(|ends| ends.poll(cx).is_ready()) {
            this.options.get_or_insert().ends = None;
            this.scope.stop();
        }
        match self.as_mut().poll_scope(cx) {
            Poll::Ready(value) => Poll::Ready(self.finish(value)),
            Poll::Pending => {
                if graph::is_on() {
                    self.note_wait();
                }
                Poll::Pending
            }
        }
    }

    fn finish(self: Pin<&mut Self>, value: Option<F::Output>) -> Result<F::Output, TimeoutError> {
        if let Some(handle) = handle(&self.options) {
            handle.finish();
        }
        if value.is_none() {
            assert!(
                self.expired && !self.over,
                "a time limit was polled again after it was done"
            );
        }
        value.ok_or_else(|| {
            let this = self.project();
            *this.over = true;
            let started = this.started.unwrap_or_else(Instant::now);
            TimeoutError::new(match *this.limit {
                Deadline::Within(limit) => limit,
                Deadline::At(at) => at.saturating_duration_since(started),
            })
        })
    }
}

impl<F: Future> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("limit", &self.parts.get().limit)
            .field("expired", &self.parts.get().expired)
            .finish()
    }
}
