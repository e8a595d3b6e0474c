//! How a loop waits for its alarms: with one timer of Tokio's, set for the first of them.
#![allow(unsafe_code)]

use super::super::home::Home;
use super::Due;
use super::pace::Pace;
use super::queue::{Key, Queue, When};
use std::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use tokio::time::{Instant, Sleep, sleep_until};

/// The alarms of a loop, for its thread.
///
/// They are in cells and not behind a lock: who gets at them is on the thread of the loop. The queue is never
/// borrowed while code runs that is not ours, as to wake, clone or drop a waker may be.
pub(crate) struct Alarms {
    queue: UnsafeCell<Queue>,
    /// What the timer is set for, as long as it has not gone off.
    anchored: Cell<Option<Instant>>,
    timer: RefCell<Pin<Box<Option<Sleep>>>>,
    waker: OnceCell<Waker>,
    pace: Pace,
}

impl Alarms {
    pub(in super::super) fn new() -> Self {
        Alarms {
            queue: UnsafeCell::default(),
            anchored: Cell::new(None),
            timer: RefCell::new(Box::pin(None)),
            waker: OnceCell::new(),
            pace: Pace::default(),
        }
    }

    /// Gives `f` the queue. It must do no more than call a method of that.
    #[inline(always)]
    fn queue<R>(&self, f: impl FnOnce(&mut Queue) -> R) -> R {
        // SAFETY: this is on one thread, as it is not `Sync`, and the methods of the queue run no code that is
        // not ours and could come back here. A counted borrow would take a tenth of what an alarm costs.
        f(unsafe { &mut *self.queue.get() })
    }

    #[inline(always)]
    pub(super) fn insert(&self, when: When, waker: Waker) -> Key {
        self.queue(|queue| queue.insert(when, waker))
    }

    /// Whether an alarm may count from when the loop looks at it next.
    #[inline(always)]
    pub(super) fn may_count_later(&self) -> bool {
        self.pace.may_count_later()
    }

    /// Puts an alarm off that the timer cannot be set for yet. What it gives is to be dropped.
    #[inline(always)]
    pub(super) fn remove_new(&self, key: Key) -> Option<Waker> {
        self.queue(|queue| queue.remove_new(key))
    }

    /// Puts an alarm off. What it gives is to be dropped.
    pub(in super::super) fn remove(&self, key: Key) -> Option<Waker> {
        self.queue(|queue| queue.remove(key))
    }

    /// Whether it has rung. `None` if the loop it was set in has ended before.
    #[inline]
    pub(super) fn rang(&self, key: Key) -> Option<bool> {
        self.queue(|queue| queue.rang(key))
    }

    /// When it is due. `None` if the loop it was set in has ended before.
    #[inline]
    pub(super) fn due(&self, key: Key) -> Option<Due> {
        self.queue(|queue| queue.due(key))
    }

    #[inline]
    pub(super) fn wakes(&self, key: Key, waker: &Waker) -> bool {
        self.queue(|queue| queue.wakes(key, waker))
    }

    /// Has an alarm wake by another waker. What it gives is to be dropped.
    pub(super) fn rewire(&self, key: Key, waker: Waker) -> Option<Waker> {
        self.queue(|queue| queue.rewire(key, waker))
    }

    /// Before the loop waits: sets the timer for the first alarm, or for none. True if that is due already, so
    /// that there is something to do.
    #[inline]
    pub(in super::super) fn settle(&self, home: &'static Home) -> bool {
        self.pace.begin_anew();
        let first = self.queue(|queue| queue.settle(Some(home.known())));
        first != self.anchored.get() && self.anchor(home, first)
    }

    /// When the first is due of those that the loop has looked at.
    #[inline]
    pub(in super::super) fn first(&self) -> Option<Instant> {
        self.anchored.get()
    }

    #[inline(never)]
    fn anchor(&self, home: &'static Home, first: Option<Instant>) -> bool {
        self.anchored.set(first);
        let mut timer = self.timer.borrow_mut();
        let Some(first) = first else {
            // On a virtual clock a timer that nobody needs would move the time.
            timer.as_mut().set(None);
            return false;
        };
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.reset(first),
            None => timer.as_mut().set(Some(sleep_until(first))),
        }
        let waker = self.waker.get_or_init(|| Arc::new(Bell { home }).into());
        let timer = timer.as_mut().as_pin_mut().expect("it was set just now");
        // Whatever is left of the budget of the tasks.
        let due = pin!(tokio::task::unconstrained(timer)).poll(&mut Context::from_waker(waker));
        if due.is_ready() {
            self.ring();
        }
        due.is_ready()
    }

    /// The timer has gone off: wakes all who are due, in the order of their times, and of those of the same time
    /// in the order in which they were set.
    fn ring(&self) {
        let now = Instant::now();
        let now = self.anchored.take().map_or(now, |at| at.max(now));
        let next = || self.queue(|queue| queue.next_due(now));
        while let Some(waker) = next() {
            waker.wake();
        }
    }

    /// The loop ends.
    pub(in super::super) fn clear(&self, home: &'static Home) {
        self.anchored.set(None);
        let timer = self.timer.replace(Box::pin(None));
        let wakers = self.queue(|queue| queue.clear(Some(home.known())));
        drop((timer, wakers));
    }
}

/// What the timer wakes. Tokio calls it on the thread of the loop, which is where it looks at its timers; so
/// what is due is woken together with what waits for timers of Tokio's.
struct Bell {
    home: &'static Home,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(alarms) = self.home.alarms() {
            alarms.ring();
            self.home.look_at_alarms(); // there may be none that was due, and the timer is to be set for the next
        }
    }
}
