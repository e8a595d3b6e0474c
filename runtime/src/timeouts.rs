//! Time limits: `Lib/asyncio/timeouts.py`, and `wait_for`.

use crate::graph::{self, NodeSlot, Suspended, own_clone, poll_branch};
use crate::late::{Late, Spared};
use crate::scope::Scope;
use crate::tasks::current::{self, Deadline, under_deadline};
use crate::{IntoDuration, InvalidStateError, TimeoutError};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Limits how long a future may take: `asyncio.timeout`.
///
/// When the limit passes first, the future is dropped, the cleanup that it hands over is awaited, and
/// the result is [`TimeoutError`]; the total time includes the cleanup, as in asyncio. The limit counts
/// from the first suspension of the future, so that one which never suspends reads no clock (with a
/// [`TimeoutHandle`], from the first poll). With a limit of zero the future runs up to there. On a tie the
/// time-out wins; of nested ones that pass together, the outer. A value that the future came to in time
/// stands, however long its cleanup takes.
///
/// [`TimeoutHandle`] moves the deadline while the future runs. [`remaining`](crate::remaining()) tells
/// what is left of it. `#[timeout(2s)]` is the same for a whole function, `wait_for!(future, 2s)` takes
/// the literal.
///
/// # Errors
///
/// [`TimeoutError`], which names this limit.
///
/// # Cancellation
///
/// As for any scope: see [`scope`](crate::scope()). A cleanup that hangs makes a time-out unbounded;
/// [`Timeout::grace`] limits that.
///
/// # Panics
///
/// If the limit is NaN; when it is polled outside of a Tokio runtime and the future suspends; and with
/// a panic of the future, once its cleanup is done.
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, timeout};
///
/// #[asyncio::main]
/// async fn main() {
///     let error = timeout(0.01, sleep(60)).await.unwrap_err();
///     assert_eq!(error.to_string(), "timed out after 10ms");
///     assert_eq!(timeout(60, async { 7 }).await, Ok(7));
/// }
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(limit: impl IntoDuration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(
        Deadline::Within(limit.into_duration()),
        future.into_future(),
    )
}

/// [`timeout`](timeout()) with a deadline instead of a duration: `asyncio.timeout_at`.
///
/// # Errors
///
/// [`TimeoutError`], with the time from the first poll to the deadline.
///
/// # Examples
///
/// ```
/// use asyncio::{Instant, sleep, timeout_at};
/// use std::time::Duration;
///
/// #[asyncio::main]
/// async fn main() {
///     let deadline = Instant::now() + Duration::from_millis(10);
///     assert!(timeout_at(deadline, sleep(60)).await.is_err());
/// }
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(
    deadline: impl Into<Instant>,
    future: F,
) -> Timeout<F::IntoFuture> {
    Timeout::new(Deadline::At(deadline.into()), future.into_future())
}

/// [`timeout`](timeout()) whose arguments stand as in Python: `asyncio.wait_for`.
///
/// One difference: with a limit of zero or less the future never starts, as in asyncio.
///
/// # Errors
///
/// [`TimeoutError`] if the limit passed first.
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, wait_for};
///
/// #[asyncio::main]
/// async fn main() {
///     assert!(wait_for(sleep(60), 0.01).await.is_err());
///     assert!(wait_for(async { panic!("never started") }, 0).await.is_err());
/// }
/// ```
#[track_caller]
pub fn wait_for<F: IntoFuture>(future: F, limit: impl IntoDuration) -> Timeout<F::IntoFuture> {
    let limit = limit.into_duration();
    let mut timeout = Timeout::new(Deadline::Within(limit), future.into_future());
    let parts = timeout.parts.get_mut();
    parts.never_start = limit.is_zero();
    parts.fresh = !parts.never_start;
    timeout
}

/// Leaves a future when the time is over, without an error: Trio's `move_on_after`.
///
/// `None` if the limit passed first. Else as [`timeout`](timeout()).
///
/// # Examples
///
/// ```
/// use asyncio::{move_on_after, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     assert_eq!(move_on_after(0.01, sleep(60)).await, None);
///     assert_eq!(move_on_after(60, async { 7 }).await, Some(7));
/// }
/// ```
#[track_caller]
pub fn move_on_after<F: IntoFuture>(limit: impl IntoDuration, future: F) -> MoveOn<F::IntoFuture> {
    MoveOn {
        timeout: timeout(limit, future),
    }
}

/// What a time limit can be given besides the limit.
#[derive(Default)]
struct Options {
    grace: Option<Duration>,
    handle: Option<Arc<Control>>,
    /// For introspection.
    node: NodeSlot,
}

impl Drop for Options {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.dropped();
        }
    }
}

/// What hardly any limit has. Where it is not there, there is nothing to drop.
struct Rarely(ManuallyDrop<Option<Box<Options>>>);

impl Rarely {
    fn get_or_insert(&mut self) -> &mut Options {
        self.0.get_or_insert_default()
    }

    #[cold]
    #[inline(never)]
    fn clear(&mut self) {
        drop(self.0.take());
    }
}

impl Drop for Rarely {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.clear();
        }
    }
}

#[inline]
fn handle(options: &Rarely) -> Option<&Control> {
    options.0.as_ref()?.handle.as_deref()
}

pin_project! {
    /// The future of [`timeout`](timeout()), [`timeout_at`] and [`wait_for`].
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
        // The timer is set for the limit, or there is none to set.
        armed: bool,
        never_start: bool,
        // Not polled yet, and without options.
        fresh: bool,
        expired: bool,
        // It has given its error.
        over: bool,
        // Once the future has suspended; after the expiry, the grace limit.
        #[pin]
        timer: Late<Sleep>,
        // Behind a box, as hardly anybody sets them: time limits are moved to their places.
        options: Rarely,
        place: &'static Location<'static>,
    }
}

impl<F: Future> Timeout<F> {
    #[track_caller]
    #[inline]
    fn new(limit: Deadline, future: F) -> Self {
        let parts = Parts {
            scope: Scope::new(future),
            limit,
            started: None,
            armed: false,
            never_start: false,
            fresh: true,
            expired: false,
            over: false,
            timer: Late::new(),
            options: Rarely(ManuallyDrop::new(None)),
            place: Location::caller(),
        };
        Timeout {
            parts: Spared::new(parts),
        }
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
    /// The deadline for what is polled inside.
    fn inherited(&self) -> Deadline {
        match (self.timer.get(), self.limit) {
            (Some(timer), _) => Deadline::At(timer.deadline()),
            (None, limit) => limit,
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
        let grace = this.options.0.as_ref().and_then(|options| options.grace);
        this.timer.set(grace.map(|grace| tokio::time::sleep(grace)));
    }

    /// Whether the deadline has passed. Sets the timer, at first and when the handle moved the deadline.
    #[inline(never)]
    fn is_overdue(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut this = self.project();
        let moved = handle(this.options).and_then(|handle| handle.take_request(cx.waker()));
        if let Some(at) = moved {
            *this.limit = at.map_or(Deadline::Within(Duration::MAX), Deadline::At);
            *this.armed = false;
            this.timer.as_mut().set(None);
        }
        if !*this.armed {
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
            this.timer.as_mut().set(at.map(tokio::time::sleep_until));
        }
        // To poll it would register a waker, most of the time for nothing: the future may be ready now.
        this.timer.get().is_some_and(Sleep::is_elapsed)
    }

    /// Whether the deadline has passed; a wake-up when it does.
    fn poll_timer(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let timer = self.project().timer.get_pinned();
        timer.is_some_and(|timer| graph::uncounted(|| timer.poll(cx)).is_ready())
    }

    /// For introspection: whoever polls this waits for what is inside, for so long.
    #[cold]
    fn note_wait(self: Pin<&mut Self>) {
        let this = self.project();
        let node = &mut this.options.get_or_insert().node;
        node.wait(Suspended {
            name: "timeout",
            place: Some(this.place),
            total: Some(1),
            deadline: this.timer.get().map(Sleep::deadline),
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
            return polled.poll_on(cx);
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

impl<F: Future> Parts<F> {
    fn poll_scope(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if graph::is_on() {
            return self.poll_scope_watched(cx);
        }
        let deadline = self.inherited();
        // Cleanup is not under the deadline.
        let scope = self.project().scope;
        scope.poll_with(cx, |body, cx| under_deadline(&deadline, || body.poll(cx)))
    }

    /// The same, where introspection is on.
    #[cold]
    #[inline(never)]
    fn poll_scope_watched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let deadline = self.inherited();
        let this = self.project();
        let scope = this.scope;
        let node = &mut this.options.get_or_insert().node;
        poll_branch(true, node, 0, cx.waker(), |cx| {
            scope.poll_with(cx, |body, cx| under_deadline(&deadline, || body.poll(cx)))
        })
    }

    /// The future has suspended.
    #[inline(never)]
    fn poll_suspended(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, TimeoutError>> {
        let overdue = self.scope.is_running()
            && (!self.armed && self.as_mut().is_overdue(cx) || self.as_mut().poll_timer(cx));
        if overdue && !ends_here(cx) {
            self.as_mut().expire();
            return self.poll_expired(cx);
        }
        if graph::is_on() {
            self.note_wait();
        }
        Poll::Pending
    }

    /// Any poll but the first one of a future that hardly ever has another.
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
        let mut this = self.as_mut().project();
        if this
            .timer
            .as_mut()
            .get_pinned()
            .is_some_and(|timer| timer.poll(cx).is_ready())
        {
            this.timer.set(None);
            this.scope.as_mut().stop();
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

pin_project! {
    /// The future of [`move_on_after`].
    #[must_use = "`move_on_after` does nothing until you `.await` it"]
    #[derive(Debug)]
    pub struct MoveOn<F: Future> {
        #[pin]
        timeout: Timeout<F>,
    }
}

impl<F: Future> Future for MoveOn<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.project().timeout.poll(cx).map(Result::ok)
    }
}

/// Sees and moves the deadline of a [`timeout`](timeout()) while it runs: the object of Python's
/// `async with asyncio.timeout(..) as cm`.
///
/// # Examples
///
/// ```
/// use asyncio::{TimeoutHandle, sleep, timeout};
///
/// #[asyncio::main]
/// async fn main() {
///     let limit = TimeoutHandle::new();
///     let result = timeout(0.02, async {
///         limit.reschedule(60).unwrap(); // it takes longer, after all
///         sleep(0.05).await;
///         "done"
///     })
///     .with_handle(&limit)
///     .await;
///     assert_eq!(result, Ok("done"));
///     assert!(!limit.expired());
/// }
/// ```
#[derive(Clone, Default)]
pub struct TimeoutHandle {
    control: Arc<Control>,
}

#[derive(Default)]
struct Control(Mutex<ControlState>);

#[derive(Default)]
struct ControlState {
    when: Option<Instant>,
    /// A new deadline, or none, that the time-out has not seen yet.
    request: Option<Option<Instant>>,
    /// The time-out was polled.
    begun: bool,
    expired: bool,
    finished: bool,
    waker: Option<Waker>,
}

impl Control {
    fn lock(&self) -> MutexGuard<'_, ControlState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No deadline is left to move.
    fn finish(&self) {
        let mut state = self.lock();
        state.finished = true;
        let waker = state.waker.take();
        drop(state);
        drop(waker);
    }

    /// The time limit is dropped. One whose time is up has expired, also if an outer one of the same time was
    /// looked at first.
    fn dropped(&self) {
        let mut state = self.lock();
        if !state.finished {
            state.expired |= state.when.is_some_and(|at| at <= Instant::now());
        }
        drop(state);
        self.finish();
    }

    fn take_request(&self, waker: &Waker) -> Option<Option<Instant>> {
        let mut state = self.lock();
        state.begun = true;
        let old = match &state.waker {
            Some(old) if old.will_wake(waker) => None,
            _ => state.waker.replace(own_clone(waker)),
        };
        let request = state.request.take();
        drop(state);
        drop(old);
        request
    }
}

impl TimeoutHandle {
    /// A handle that is not in use: pass it to [`Timeout::with_handle`].
    #[must_use]
    pub fn new() -> Self {
        TimeoutHandle::default()
    }

    /// The deadline; `None` before the time limit was first polled, and without one: `Timeout.when()`.
    #[must_use]
    pub fn when(&self) -> Option<Instant> {
        self.control.lock().when
    }

    /// Whether the limit passed: `Timeout.expired()`.
    #[must_use]
    pub fn expired(&self) -> bool {
        self.control.lock().expired
    }

    /// Moves the deadline to this long from now.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if the time-out has not begun, has expired or is over, as Python raises
    /// `RuntimeError`.
    pub fn reschedule(&self, from_now: impl IntoDuration) -> Result<(), InvalidStateError> {
        self.request(Instant::now().checked_add(from_now.into_duration()))
    }

    /// Moves the deadline: `Timeout.reschedule(when)`. With `None` it never passes.
    ///
    /// # Errors
    ///
    /// As [`TimeoutHandle::reschedule`].
    pub fn reschedule_at(&self, when: impl Into<Option<Instant>>) -> Result<(), InvalidStateError> {
        self.request(when.into())
    }

    fn request(&self, when: Option<Instant>) -> Result<(), InvalidStateError> {
        let mut state = self.control.lock();
        if state.expired {
            return Err(InvalidStateError::new("the time-out has expired"));
        }
        if state.finished {
            return Err(InvalidStateError::new("the time-out is over"));
        }
        if !state.begun {
            return Err(InvalidStateError::new("the time-out has not begun"));
        }
        state.when = when;
        state.request = Some(when);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }
}

impl fmt::Debug for TimeoutHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.control.lock();
        f.debug_struct("TimeoutHandle")
            .field("when", &state.when)
            .field("expired", &state.expired)
            .finish()
    }
}
