//! What a time limit is made of, and how it passes.

use super::options::{Options, Rarely, handle};
use crate::events::{Alarm, Timer};
use crate::graph::Suspended;
use crate::scope::Scope;
use crate::tasks::current::Deadline;
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;
use tokio::time::Instant;

/// How far a time limit is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not polled yet, and it is to run out before the future is.
    NeverStarts,
    /// There is no alarm for the limit.
    Unset,
    /// The limit is a deadline, and the alarm is for it; or there is none to set.
    Set,
    /// It has run out: what is left is cleanup.
    Expired,
    /// It has given its error.
    Over,
    /// Not polled yet, and without options.
    Fresh,
}

/// The deadline has passed.
struct Passed;

pin_project! {
    pub(super) struct Parts<F: Future> {
        #[pin]
        pub(super) scope: Scope<F>,
        pub(super) limit: Deadline,
        // The first suspension: the limit counts from there. With a handle, from the first poll.
        pub(super) started: Option<Instant>,
        pub(super) alarm: Alarm,
        // Behind a box, as hardly anybody sets them: time limits are moved to their places.
        pub(super) options: Rarely,
        place: &'static Location<'static>,
        pub(super) stage: Stage,
    }
}

impl<F: Future> Parts<F> {
    #[track_caller]
    #[inline]
    pub(super) fn new(limit: Deadline, future: F) -> Self {
        Parts {
            scope: Scope::new(future),
            limit,
            started: None,
            alarm: Alarm::new(),
            options: Rarely::new(),
            place: Location::caller(),
            stage: Stage::Fresh,
        }
    }

    pub(super) fn never_start(&mut self) {
        self.stage = Stage::NeverStarts;
    }

    pub(super) fn options(&mut self) -> &mut Options {
        if self.stage == Stage::Fresh {
            self.stage = Stage::Unset;
        }
        self.options.get_or_insert()
    }

    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.stage == Stage::Fresh
    }

    pub(super) fn limit(&self) -> Deadline {
        self.limit
    }

    pub(super) fn is_expired(&self) -> bool {
        matches!(self.stage, Stage::Expired | Stage::Over)
    }

    /// Whether the future has given its value, and there was no cleanup.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.scope.is_empty()
    }

    /// What the alarm is for.
    #[inline]
    pub(super) fn due(&self) -> Option<Instant> {
        match self.limit {
            Deadline::At(at) if self.stage == Stage::Set => Some(at),
            _ => None,
        }
    }

    /// Drops the future, and limits the cleanup.
    pub(super) fn expire(self: Pin<&mut Self>) {
        let this = self.project();
        *this.stage = Stage::Expired;
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

    /// Whether the deadline has passed. Sets the timer, at first and when the handle moved the deadline.
    #[inline(never)]
    pub(super) fn is_overdue(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        if self.options.get().is_some() {
            self.as_mut().look_at_handle(cx);
        }
        if self.stage != Stage::Set {
            return self.arm().is_err();
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
            *this.alarm = Alarm::new();
            if *this.stage == Stage::Set {
                *this.stage = Stage::Unset;
            }
        }
    }

    /// Finds out when the alarm is due, if ever.
    #[inline(always)]
    fn arm(self: Pin<&mut Self>) -> Result<Option<Instant>, Passed> {
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
            return Err(Passed);
        }
        if *this.stage != Stage::NeverStarts {
            *this.stage = Stage::Set;
        }
        if let Some(at) = at {
            *this.limit = Deadline::At(at);
        }
        Ok(at)
    }

    /// Whether the deadline has passed; a wake-up when it does.
    #[inline]
    pub(super) fn poll_timer(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.due() else { return false };
        self.project().alarm.poll(at, cx).is_ready()
    }

    /// The same at the first suspension.
    #[inline]
    pub(super) fn poll_timer_first(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        if self.options.get().is_some() {
            return self.as_mut().is_overdue(cx) || self.poll_timer(cx);
        }
        match self.as_mut().arm() {
            Err(Passed) => true,
            Ok(None) => false,
            Ok(Some(at)) => self.project().alarm.poll(at, cx).is_ready(),
        }
    }

    /// For introspection: whoever polls this waits for what is inside, for so long.
    #[cold]
    pub(super) fn note_wait(self: Pin<&mut Self>) {
        let due = self.due().filter(|_| !self.is_expired());
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
