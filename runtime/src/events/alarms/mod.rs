//! Timers: of our own, in our loop ([`anchor`]) and in Tokio's runtimes ([`shared`]). On a paused clock of the latter they
//! are Tokio's.
//!
//! To set an alarm, and to put it off again, costs a few tens of instructions; Tokio's timer hears of the first one only,
//! when our loop is about to wait, or when an alarm is set that is before all others.
//!
//! An alarm is a number in a table that is the loop's or the runtime's ([`queue`]), not a part of the future that has
//! it: so the future may be moved to another thread, and dropped there. A loop is told by its mailbox, then, and polled
//! elsewhere it is set there anew; that of a runtime of Tokio's stays where it is.

mod anchor;
mod driver_timer;
mod known;
mod pace;
mod queue;
mod runtimes;
mod shared;
mod timer;

pub(super) use anchor::Alarms;
pub(super) use known::Known;
pub(super) use queue::Key;
pub(crate) use timer::Timer;
pub(super) use timer::later;

use super::{Here, Home};
use crate::graph::{own_clone, uncounted};
use crate::memory::Pooled;
use queue::When;
use shared::SharedAlarms;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

/// Wakes at a certain time, which it is told with every call. Of those that are for the same time, the ones
/// ring first that were polled first.
// Dropped by hand: what is nowhere, as most are, needs no more than a look.
pub(crate) struct Alarm(ManuallyDrop<Set>);

/// Where it is set.
enum Set {
    Nowhere,
    /// In a loop of ours.
    Home(&'static Home, Key),
    /// In a runtime of Tokio's, among alarms of ours.
    Shared(&'static SharedAlarms, Key),
    /// The same, by itself.
    Tokio(Pooled<Sleep>),
}

/// What is known of an alarm that was set to count from when the loop looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    At(Instant),
    /// The loop has not looked yet.
    Later,
    Rang,
}

/// An alarm for longer than this is given its time when it is set.
const LONG: Duration = Duration::from_secs(86400 * 365 * 100);

impl Alarm {
    #[inline]
    pub(crate) fn new() -> Self {
        Alarm(ManuallyDrop::new(Set::Nowhere))
    }

    /// Whether it has rung. That is not the same as its time being over: all that are due ring together.
    #[inline]
    pub(crate) fn rang(&self, at: impl FnOnce() -> Option<Instant>) -> bool {
        let has_come = || at().is_some_and(|at| at <= Instant::now());
        match &*self.0 {
            Set::Nowhere => false,
            Set::Home(home, key) => {
                let rang = home.alarms().and_then(|alarms| alarms.rang(*key));
                rang.unwrap_or_else(has_come)
            }
            Set::Shared(alarms, key) => alarms.rang(*key).unwrap_or_else(has_come),
            Set::Tokio(sleep) => sleep.is_elapsed(),
        }
    }

    /// Whether it has rung; else arranges for a wake-up.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    #[inline]
    pub(crate) fn poll(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        match *self.0 {
            Set::Nowhere => self.set_apart(at, cx),
            _ => self.poll_again(at, cx),
        }
    }

    /// The same, known to be the first time.
    // In the one function that calls it: each call on the way would move all of this once more.
    #[inline(always)]
    pub(crate) fn set(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        match Here::at_work() {
            Some(here) => {
                self.set_when(here, When::At(at), cx);
                Poll::Pending
            }
            None => self.set_elsewhere(at, cx),
        }
    }

    /// Sets it for so long after the loop looks at its alarms, which it does before it waits: so the clock is not read
    /// for one that is put off before. False if it has to be told its time, as elsewhere than on our loop, on a
    /// clock that stands still, or where it has rung at once.
    #[inline(always)]
    pub(crate) fn set_within(&mut self, delay: Duration, cx: &mut Context<'_>) -> bool {
        let Some(here) = Here::at_work() else {
            return false;
        };
        if delay.is_zero() || delay > LONG || !here.alarms().may_count_later() {
            return false;
        }
        let nanos = delay.as_secs() * 1_000_000_000 + u64::from(delay.subsec_nanos());
        self.set_when(here, When::Within(nanos), cx);
        true
    }

    /// Whether it is set anywhere, or was.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        !matches!(*self.0, Set::Nowhere)
    }

    /// When it is due, of one that was [set for so long](Self::set_within). Elsewhere than in its loop it counts from now
    /// if that has not looked at it.
    #[inline]
    pub(crate) fn due(&self, delay: Duration) -> Due {
        let Set::Home(home, key) = *self.0 else {
            return Due::Rang;
        };
        match home.alarms().and_then(|alarms| alarms.due(key)) {
            Some(due) => due,
            None => home.due_apart(key, delay),
        }
    }

    /// Has one that is set in this loop wake by another waker.
    pub(crate) fn rewire(&self, cx: &Context<'_>) {
        if let Set::Home(home, key) = *self.0
            && let Some(alarms) = home.alarms()
            && !alarms.wakes(key, cx.waker())
        {
            drop(alarms.rewire(key, own_clone(cx.waker())));
        }
    }

    /// It need not ring any more.
    #[inline(never)]
    pub(crate) fn put_off(&mut self) {
        match *self.0 {
            Set::Nowhere => {}
            Set::Home(home, key) => {
                self.0 = ManuallyDrop::new(Set::Nowhere);
                home.put_off(key);
            }
            Set::Shared(alarms, key) => {
                self.0 = ManuallyDrop::new(Set::Nowhere);
                drop(alarms.remove(key));
            }
            Set::Tokio(_) => *self.0 = Set::Nowhere,
        }
    }

    #[inline(never)]
    fn poll_again(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let (home, key) = match &mut *self.0 {
            Set::Nowhere => return self.set_apart(at, cx),
            Set::Tokio(sleep) => return uncounted(|| sleep.as_mut().poll(cx)),
            Set::Home(home, key) => (*home, *key),
            Set::Shared(alarms, key) => {
                let (alarms, key) = (*alarms, *key);
                return self.poll_shared(alarms, key, at, cx);
            }
        };
        // Polled elsewhere than where it was set, or after what it was set in has ended, it is set anew.
        let Some(rang) = home.alarms().and_then(|alarms| alarms.rang(key)) else {
            *self = Alarm::new();
            return self.set_apart(at, cx);
        };
        if rang {
            return Poll::Ready(());
        }
        self.rewire(cx);
        Poll::Pending
    }

    fn poll_shared(
        &mut self,
        alarms: &'static SharedAlarms,
        key: Key,
        at: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut rang = alarms.rang(key);
        if rang == Some(false) && !alarms.wakes(key, cx.waker()) {
            // It may ring meanwhile, and wake the other one.
            let (rings, old) = alarms.rewire(key, own_clone(cx.waker()));
            drop(old);
            rang = rings;
        }
        match rang {
            Some(true) => Poll::Ready(()),
            Some(false) => Poll::Pending,
            // The runtime has ended, or its clock was paused. It may have rung before.
            None if at <= Instant::now() => Poll::Ready(()),
            None => {
                *self = Alarm::new();
                self.set_apart(at, cx)
            }
        }
    }

    #[inline(never)]
    fn set_apart(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        self.set(at, cx)
    }

    #[inline(always)]
    fn set_when(&mut self, here: Here, when: When, cx: &mut Context<'_>) {
        let waker = own_clone(cx.waker());
        // There is nothing to be dropped before.
        self.0 = ManuallyDrop::new(Set::Home(here.home(), here.alarms().insert(when, waker)));
    }

    #[inline(never)]
    fn set_elsewhere(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let Ok(runtime) = Handle::try_current() else {
            return self.set_in_tokio(at, cx);
        };
        match runtimes::insert(&runtime, at, own_clone(cx.waker())) {
            Ok((alarms, key)) => {
                self.0 = ManuallyDrop::new(Set::Shared(alarms, key));
                Poll::Pending
            }
            Err(waker) => self.set_elsewhere_slowly(&runtime, at, waker, cx),
        }
    }

    #[cold]
    #[inline(never)]
    fn set_elsewhere_slowly(
        &mut self,
        runtime: &Handle,
        at: Instant,
        waker: Waker,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let Some((alarms, key)) = runtimes::insert_slowly(runtime, at, waker) else {
            return self.set_in_tokio(at, cx);
        };
        self.0 = ManuallyDrop::new(Set::Shared(alarms, key));
        Poll::Pending
    }

    #[inline(never)]
    fn set_in_tokio(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = tokio::time::sleep_until(at);
        let mut sleep = Pooled::new(|| sleep);
        let polled = uncounted(|| sleep.as_mut().poll(cx));
        self.0 = ManuallyDrop::new(Set::Tokio(sleep));
        polled
    }
}

impl Drop for Alarm {
    #[inline]
    fn drop(&mut self) {
        if !matches!(*self.0, Set::Nowhere) {
            self.put_off();
        }
    }
}

impl Home {
    /// An alarm is not waited for any more.
    #[inline(always)]
    fn put_off(&'static self, key: Key) {
        match self.alarms().and_then(|alarms| alarms.remove_new(key)) {
            Some(waker) => drop(waker),
            None => self.put_off_anywhere(key),
        }
    }

    #[inline(never)]
    fn put_off_anywhere(&'static self, key: Key) {
        let Some(alarms) = self.alarms() else {
            return self.put_off_from_outside(key);
        };
        if let Some(waker) = alarms.remove(key) {
            self.look_at_alarms(); // the timer may have to be set for another one
            drop(waker);
        } else if alarms.rang(key).is_none() {
            self.known().forget(key);
        }
    }

    /// When an alarm is due that is not one of the loop of this thread.
    #[cold]
    fn due_apart(&self, key: Key, delay: Duration) -> Due {
        match self.known().due(key) {
            Due::Later => Due::At(Instant::now() + delay),
            due => due,
        }
    }
}
