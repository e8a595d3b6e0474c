//! What a time limit knows besides its future, and how it passes.

use super::options::{Options, Rarely, handle};
use crate::TimeoutError;
use crate::events::{Alarm, Due, Timer};
use crate::graph::Suspended;
use crate::tasks::current::Deadline;
use std::panic::Location;
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
    /// The limit is a deadline, and the alarm is for it; or there is none to set. Or it is a duration, and counts from when
    /// the loop looks at its alarm.
    Set,
    /// It has run out: what is left is cleanup.
    Expired,
    /// It has given its error.
    Over,
    /// Without options, and not known to have been polled: the first poll leaves this to what comes after it.
    Fresh,
}

/// The deadline has passed.
struct Passed;

/// What a time limit knows besides its future. It is the same whatever the future, and compiled once.
pub(super) struct Term {
    pub(super) limit: Deadline,
    /// The first suspension, or the end of the turn of the loop that this was in: the limit counts from there. With a
    /// handle, from the first poll.
    pub(super) started: Option<Instant>,
    pub(super) alarm: Alarm,
    /// Behind a box, as hardly anybody sets them: time limits are moved to their places.
    pub(super) options: Rarely,
    place: &'static Location<'static>,
    pub(super) stage: Stage,
    /// It has given its value, and there is nothing left to be dropped.
    // Not one of the stages: a future would have the place of the stage at hand for it all through the first poll.
    pub(super) spent: bool,
}

impl Term {
    #[track_caller]
    #[inline]
    pub(super) fn new(limit: Deadline) -> Self {
        Term {
            limit,
            started: None,
            alarm: Alarm::new(),
            options: Rarely::new(),
            place: Location::caller(),
            stage: Stage::Fresh,
            spent: false,
        }
    }

    pub(super) fn never_start(&mut self) {
        self.stage = Stage::NeverStarts;
    }

    pub(super) fn options(&mut self) -> &mut Options {
        self.was_polled();
        self.options.get_or_insert()
    }

    /// This is not its first poll; or there is more to it than most have.
    pub(super) fn was_polled(&mut self) {
        self.spent = false;
        if self.stage == Stage::Fresh {
            self.stage = Stage::Unset;
        }
    }

    /// Whether the future has suspended.
    pub(super) fn has_begun(&self) -> bool {
        self.started.is_some() || self.stage == Stage::Set
    }

    pub(super) fn is_expired(&self) -> bool {
        matches!(self.stage, Stage::Expired | Stage::Over)
    }

    /// What the alarm is for.
    #[inline]
    pub(super) fn due(&self) -> Option<Instant> {
        match self.limit {
            Deadline::At(at) if self.stage == Stage::Set => Some(at),
            _ => None,
        }
    }

    /// It has run out.
    pub(super) fn expire(&mut self) {
        self.stage = Stage::Expired;
        if let Some(handle) = handle(&self.options) {
            handle.lock().expired = true;
        }
        self.alarm = Alarm::new();
    }

    /// The future was dropped: limits its cleanup.
    pub(super) fn limit_cleanup(&mut self) {
        let grace = self.options.get().and_then(|options| options.grace);
        if let Some(grace) = grace {
            self.options.get_or_insert().ends = Some(Timer::after(grace));
        }
    }

    /// Whether the time for the cleanup is over.
    pub(super) fn is_cleanup_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        let options = self.options.get_mut();
        let Some(ends) = options.and_then(|options| options.ends.as_mut()) else {
            return false;
        };
        let overdue = ends.poll(cx).is_ready();
        if overdue {
            self.options.get_or_insert().ends = None;
        }
        overdue
    }

    /// Whether the deadline has passed. Sets the timer, at first and when the handle moved the deadline.
    #[inline(never)]
    pub(super) fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        if self.options.get().is_some() {
            self.count_from_now();
            self.look_at_handle(cx);
        }
        if self.stage != Stage::Set {
            return self.arm().is_err();
        }
        self.rang()
    }

    /// Whether the alarm has rung.
    // To poll it would register a waker, most of the time for nothing: the future may be ready now.
    #[inline]
    pub(super) fn rang(&mut self) -> bool {
        match self.learn() {
            Some(Due::Later) => false,
            Some(Due::Rang) => true,
            Some(Due::At(_)) | None => self.alarm.rang(|| self.due()),
        }
    }

    /// The loop may have looked at the alarm of a limit that is a duration, and have told it its time.
    #[inline]
    fn learn(&mut self) -> Option<Due> {
        let Deadline::Within(limit) = self.limit else {
            return None;
        };
        let due = self.alarm.is_set().then(|| self.alarm.due(limit));
        if let Some(Due::At(at)) = due {
            self.started = at.checked_sub(limit);
            self.limit = Deadline::At(at);
        }
        due
    }

    /// There is more to look at than most have, as there was not in the first poll, a moment ago: it has to have a
    /// deadline.
    #[cold]
    fn count_from_now(&mut self) {
        let Deadline::Within(limit) = self.limit else {
            return;
        };
        if self.learn() == Some(Due::Later) {
            let now = Instant::now();
            (self.started, self.limit) = (Some(now), Deadline::At(now + limit));
            self.alarm = Alarm::new();
        }
        if let (Some(handle), Some(at)) = (handle(&self.options), self.due()) {
            handle.lock().when = Some(at);
        }
    }

    /// The handle may have moved the deadline.
    #[cold]
    fn look_at_handle(&mut self, cx: &mut Context<'_>) {
        let moved = handle(&self.options).and_then(|handle| handle.take_request(cx.waker()));
        if let Some(at) = moved {
            self.limit = at.map_or(Deadline::Within(Duration::MAX), Deadline::At);
            self.alarm = Alarm::new();
            if self.stage == Stage::Set {
                self.stage = Stage::Unset;
            }
        }
    }

    /// Finds out when the alarm is due, if ever.
    fn arm(&mut self) -> Result<Option<Instant>, Passed> {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        let at = match self.limit {
            Deadline::Within(limit) => started.checked_add(limit),
            Deadline::At(at) => Some(at),
        };
        if let Some(handle) = handle(&self.options) {
            handle.lock().when = at;
        }
        // Tokio's timer would need until the next millisecond.
        if at.is_some_and(|at| at <= now) {
            return Err(Passed);
        }
        if self.stage != Stage::NeverStarts {
            self.stage = Stage::Set;
        }
        if let Some(at) = at {
            self.limit = Deadline::At(at);
        }
        Ok(at)
    }

    /// The future has suspended in the first poll, and there are no options. Whether the deadline has passed; a
    /// wake-up when it does.
    #[inline(never)]
    pub(super) fn begin(&mut self, cx: &mut Context<'_>) -> bool {
        match self.limit {
            Deadline::Within(limit) if self.alarm.set_within(limit, cx) => {
                self.stage = Stage::Set;
                false
            }
            _ => self.begin_now(cx),
        }
    }

    /// The same, where the clock is read.
    // `arm` finds out the same where there are options: by way of that it takes 496 instructions to wait once, not 453.
    #[inline(never)]
    fn begin_now(&mut self, cx: &mut Context<'_>) -> bool {
        let now = Instant::now();
        self.started = Some(now);
        let at = match self.limit {
            Deadline::Within(limit) if limit.is_zero() => return true,
            Deadline::Within(limit) => now.checked_add(limit),
            Deadline::At(at) if at <= now => return true,
            Deadline::At(at) => Some(at),
        };
        self.stage = Stage::Set;
        let Some(at) = at else { return false };
        self.limit = Deadline::At(at);
        self.alarm.set(at, cx).is_ready()
    }

    /// Whether the deadline has passed; a wake-up when it does.
    #[inline(never)]
    pub(super) fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        if self.stage != Stage::Set {
            if self.options.get().is_none() {
                return self.begin(cx);
            }
            if self.is_overdue(cx) {
                return true;
            }
        }
        match (self.learn(), self.due()) {
            (Some(Due::Rang), _) => true,
            (_, Some(at)) => self.alarm.poll(at, cx).is_ready(),
            (due, None) => {
                if due.is_some() {
                    self.alarm.rewire(cx);
                }
                false
            }
        }
    }

    /// For introspection: whoever polls this waits for what is inside, for so long.
    #[cold]
    pub(super) fn note_wait(&mut self) {
        self.count_from_now();
        let due = self.due().filter(|_| !self.is_expired());
        let place = self.place;
        let options = self.options.get_or_insert();
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

    /// Without a value there is an error, once.
    #[cold]
    #[inline(never)]
    pub(super) fn error(&mut self) -> TimeoutError {
        assert!(
            self.stage == Stage::Expired,
            "a time limit was polled again after it was done"
        );
        self.stage = Stage::Over;
        let started = self.started.unwrap_or_else(Instant::now);
        TimeoutError::new(match self.limit {
            Deadline::Within(limit) => limit,
            Deadline::At(at) => at.saturating_duration_since(started),
        })
    }
}
