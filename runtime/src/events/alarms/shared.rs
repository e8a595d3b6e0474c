//! The alarms of one of Tokio's runtimes, for all of its threads. One timer of Tokio's serves them all.
//!
//! To set that timer takes some 300 instructions, and a system call where it becomes the first that the runtime waits
//! for. So it is set only for an alarm that is before what it is set for, and stays set when alarms are put off: it
//! goes off in vain then, and is set for the next alarm, or for none. A time limit that is set and put off again and
//! again touches it once in the time of one limit.
//!
//! On a paused clock a timer that nobody needs would move the time. There alarms are timers of Tokio's
//! ([`SharedAlarms::insert_slowly`]). A clock that is paused while the timer is set is found out when that goes off, at
//! most once for nothing: then all who wait are woken, and set their alarms anew.
//!
//! # Why this is right
//!
//! * There is one who tends the timer: whoever set `tended`, under the lock of the state. Nobody waits for him. What
//!   others need of him, as they set an earlier alarm, or as the timer has gone off, they note in `again`, and he
//!   looks at `again` under the lock before he gives `tended` up. So no note is lost.
//! * While nobody tends it, the timer is set, or is about to call the [`Bell`], for `armed`, and no alarm is before
//!   that; where `armed` is `None`, there is neither a timer nor an alarm. Whoever inserts an alarm keeps that up, and
//!   so does whoever tends the timer: he sets it for the first alarm, and polls it, so that it calls the bell from then
//!   on, or says that it has gone off already.
//! * The bell may be called late, by a runtime that had these alarms before, or for nothing. It decides nothing: who
//!   tends the timer goes by the clock of the runtime, if this is a thread of that, and by what the timer says.
//! * A runtime that ends calls all bells, and timers that are set have gone off from then on. So one that is set for
//!   the far future, and has gone off, tells the end ([`DriverTimer::has_ended`]): the timer is given up, all who wait
//!   are woken, and set their alarms where they are polled. Where nothing is armed, nothing is kept of the runtime, and
//!   these alarms may go to another one ([`SharedAlarms::take_over`]).
//! * No lock is held while code runs that is not ours: wakers are cloned before, and woken and dropped after. Tokio
//!   calls the bell when the timer is set, too, on this thread; it takes the lock of the state only, notes `again`, and
//!   returns. The lock of the timer is taken by who tends it alone.
//!
//! Model-checked: `tests/loom_alarms.rs`.

use super::driver_timer::{DriverTimer, Standing, clock_runs, now_in};
use super::queue::{Key, Queue, When};
use crate::brief_lock::BriefLock;
use crate::scope::report;
use crate::sync::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::task::{Wake, Waker};
use tokio::runtime::Id;
use tokio::time::Instant;

/// The alarms of a runtime, or of none.
pub(crate) struct SharedAlarms {
    state: BriefLock<State>,
    /// Alarms with a higher number than this have not rung.
    rung: AtomicU64,
    /// For who tends it.
    timer: BriefLock<Option<DriverTimer>>,
    bell: OnceLock<Waker>,
}

struct State {
    queue: Queue,
    runtime: Option<Id>,
    /// Whether the clock of the runtime can be paused.
    pausable: bool,
    /// What the timer is set for, or will be at once.
    armed: Option<Instant>,
    /// Somebody sets the timer, or rings.
    tended: bool,
    /// Whoever does that is to look again.
    again: bool,
}

/// What became of an alarm that was to be inserted.
pub(super) enum Inserted {
    Set(Key),
    /// The runtime has ended.
    Ended,
    /// These alarms have gone to another runtime.
    Elsewhere(Waker),
}

impl SharedAlarms {
    pub(super) fn new() -> Self {
        SharedAlarms {
            state: BriefLock::new(State {
                queue: Queue::default(),
                runtime: None,
                pausable: false,
                armed: None,
                tended: false,
                again: false,
            }),
            rung: AtomicU64::new(0),
            timer: BriefLock::new(None),
            bell: OnceLock::new(),
        }
    }

    pub(super) fn is_of(&self, runtime: Id) -> bool {
        self.state.lock().runtime == Some(runtime)
    }

    /// Gives them to another runtime, if there are none.
    pub(super) fn take_over(&self, runtime: Id, pausable: bool) -> bool {
        let mut state = self.state.lock();
        let is_free = state.armed.is_none() && !state.tended;
        if is_free {
            (state.runtime, state.pausable) = (Some(runtime), pausable);
        }
        is_free
    }

    /// Sets an alarm if these are those of the runtime, and the timer goes off early enough. Else gives the waker back.
    #[inline(always)]
    pub(super) fn insert(&self, runtime: Id, at: Instant, waker: Waker) -> Result<Key, Waker> {
        let mut state = self.state.lock();
        if state.runtime == Some(runtime) && state.armed.is_some_and(|armed| armed <= at) {
            return Ok(state.queue.insert(When::At(at), waker));
        }
        Err(waker)
    }

    /// Sets an alarm for which the timer may have to be set as well. On a thread of the runtime, of which `timer` is, on
    /// a clock that is not paused, and for a time to come.
    pub(super) fn insert_slowly(
        &'static self,
        runtime: Id,
        at: Instant,
        waker: Waker,
        timer: DriverTimer,
    ) -> Inserted {
        let mut state = self.state.lock();
        if state.runtime != Some(runtime) {
            return Inserted::Elsewhere(waker);
        }
        let key = state.queue.insert(When::At(at), waker);
        if state.armed.is_some_and(|armed| armed <= at) {
            return Inserted::Set(key);
        }
        state.armed = Some(at);
        if state.tended {
            state.again = true;
            return Inserted::Set(key);
        }
        state.tended = true;
        drop(state);
        match self.tend(Some(timer)) {
            Tended::Set => Inserted::Set(key),
            Tended::Ended => Inserted::Ended,
        }
    }

    /// Puts an alarm off. What it gives is to be dropped.
    #[inline(always)]
    pub(super) fn remove(&self, key: Key) -> Option<Waker> {
        let mut state = self.state.lock();
        match state.queue.remove_new(key) {
            None => state.queue.remove(key),
            waker => waker,
        }
    }

    /// Whether it has rung. `None` if it was taken away before its time.
    // Who was woken for it sees that it may have rung: that is noted before.
    #[inline]
    pub(super) fn rang(&self, key: Key) -> Option<bool> {
        if key.is_after(self.rung.load(Ordering::Relaxed)) {
            return Some(false);
        }
        self.state.lock().queue.rang(key)
    }

    #[inline]
    pub(super) fn wakes(&self, key: Key, waker: &Waker) -> bool {
        self.state.lock().queue.wakes(key, waker)
    }

    /// Has an alarm wake by another waker, if it has not rung: says so, and gives what is to be dropped.
    pub(super) fn rewire(&self, key: Key, waker: Waker) -> (Option<bool>, Option<Waker>) {
        let mut state = self.state.lock();
        let old = state.queue.rewire(key, waker);
        (state.queue.rang(key), old)
    }

    /// Rings what is due, and sets the timer for what is not. For who tends it; he does no more afterwards. With a timer
    /// to begin with if he has just set an alarm.
    fn tend(&'static self, mut new: Option<DriverTimer>) -> Tended {
        let mut tended = Tended::Set;
        loop {
            let mut state = self.state.lock();
            state.again = false;
            let first = state.queue.settle(None);
            state.armed = first;
            let (runtime, pausable) = (state.runtime, state.pausable);
            drop(state);
            let Some(first) = first else {
                let timer = self.timer.lock().take();
                if self.leave() {
                    drop(timer);
                    return tended;
                }
                // A new one must be made on a thread of the runtime, and this may not be.
                *self.timer.lock() = timer;
                continue;
            };
            let fresh = new.is_some();
            let now = || runtime.and_then(now_in);
            if !fresh && let Some(now) = now() {
                if first <= now {
                    self.ring(now);
                    continue;
                }
                if pausable && !clock_runs() {
                    self.dispel();
                    continue;
                }
            }
            let standing = self.set_timer(first, new.take());
            let ended = match standing {
                Standing::Set if self.leave() => return tended,
                Standing::Set => continue,
                Standing::Elapsed => now().is_none_or(|now| now < first) && self.has_ended(),
                Standing::Ended => true,
            };
            if ended {
                tended = Tended::Ended;
                self.dispel();
            } else {
                self.ring(first);
            }
        }
    }

    /// Gives up tending the timer, unless there is something to be looked at.
    fn leave(&self) -> bool {
        let mut state = self.state.lock();
        state.tended = state.again;
        !state.tended
    }

    fn set_timer(&'static self, at: Instant, new: Option<DriverTimer>) -> Standing {
        let bell = || Arc::new(Bell { alarms: self }).into();
        let mut timer = self.timer.lock();
        if timer.is_none() {
            *timer = new;
        }
        let timer = timer.as_mut().expect("who sets an alarm brings one");
        timer.set(at, self.bell.get_or_init(bell))
    }

    fn has_ended(&self) -> bool {
        let mut timer = self.timer.lock();
        timer.as_mut().is_none_or(DriverTimer::has_ended)
    }

    /// Wakes all who are due, in the order of their times, and of those of the same time in the order in which they
    /// were set.
    fn ring(&self, now: Instant) {
        let mut due = Vec::new();
        let mut state = self.state.lock();
        self.rung.store(state.queue.latest(), Ordering::Relaxed);
        while let Some(waker) = state.queue.next_due(now) {
            due.push(waker);
        }
        drop(state);
        due.into_iter().for_each(wake);
    }

    /// Wakes all, for none of whom it is time: they set their alarms anew.
    fn dispel(&self) {
        let mut state = self.state.lock();
        self.rung.store(state.queue.latest(), Ordering::Relaxed);
        let wakers = state.queue.clear(None);
        drop(state);
        wakers.for_each(wake);
    }

    /// The timer has gone off; or so it seems.
    fn look(&'static self) {
        let mut state = self.state.lock();
        if state.tended {
            state.again = true;
            return;
        }
        if state.armed.is_none() {
            return; // it is late: what it was called for has been seen to
        }
        state.tended = true;
        drop(state);
        self.tend(None);
    }
}

/// How it went to set the timer.
enum Tended {
    Set,
    Ended,
}

/// Others are woken, too, if one cannot be.
fn wake(waker: Waker) {
    report::catch("the waker of a timer", || waker.wake());
}

/// What the timer wakes.
struct Bell {
    alarms: &'static SharedAlarms,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.alarms.look();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.alarms.look();
    }
}
