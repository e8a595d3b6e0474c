//! `call_later` and `call_at`: the timers of a loop, in one heap with one driver.

use super::callback::Callback;
use super::{LoopHandle, alarms};
use pin_project_lite::pin_project;
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::runtime::Id;
use tokio::time::Instant;

/// The timers of every loop that has any.
static TIMERS: LazyLock<Mutex<HashMap<Id, Arc<Timers>>>> = LazyLock::new(Mutex::default);

/// With fewer than this, cancelled timers stay until they are due.
const MANY: usize = 64;

fn all() -> MutexGuard<'static, HashMap<Id, Arc<Timers>>> {
    TIMERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Timers(Mutex<State>);

#[derive(Default)]
struct State {
    heap: BinaryHeap<Reverse<Timer>>,
    /// Of those in the heap.
    cancelled: usize,
    sequence: u64,
    /// There are timers that the driver has not seen.
    is_new: bool,
    /// Wakes the driver.
    waker: Option<Waker>,
}

/// Ordered by time; those of the same time by their creation.
struct Timer {
    when: Instant,
    sequence: u64,
    callback: Arc<Callback>,
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.when, self.sequence).cmp(&(other.when, other.sequence))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timer {}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, when: Instant, callback: Arc<Callback>) {
        let mut state = self.lock();
        state.sequence += 1;
        state.is_new = true;
        let sequence = state.sequence;
        state.heap.push(Reverse(Timer {
            when,
            sequence,
            callback,
        }));
        // The driver waits for the earliest one only.
        let first = state.heap.peek();
        let is_first = first.is_some_and(|Reverse(first)| first.sequence == sequence);
        let waker = is_first.then(|| state.waker.take()).flatten();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// One of the timers was cancelled: the driver may have to wait for another one.
    fn cancelled(&self) {
        let mut state = self.lock();
        state.cancelled += 1;
        let mut dropped = BinaryHeap::new();
        if state.heap.len() >= MANY && state.cancelled * 2 > state.heap.len() {
            let heap = std::mem::take(&mut state.heap);
            let (gone, left) = heap
                .into_iter()
                .partition(|Reverse(timer)| timer.callback.is_cancelled());
            (dropped, state.heap) = (gone, left);
            state.cancelled = 0;
        }
        let waker = state.waker.take();
        drop(state);
        drop::<BinaryHeap<_>>(dropped);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the first timer if it is due or cancelled, or says when it is due.
    fn next(&self, now: Instant) -> Result<Timer, Option<Instant>> {
        let mut state = self.lock();
        let Some(Reverse(first)) = state.heap.peek() else {
            return Err(None);
        };
        let cancelled = first.callback.is_cancelled();
        if first.when > now && !cancelled {
            return Err(Some(first.when));
        }
        if cancelled {
            state.cancelled = state.cancelled.saturating_sub(1);
        }
        let Reverse(timer) = state.heap.pop().expect("it was there");
        Ok(timer)
    }
}

pin_project! {
    /// Calls the callbacks of a loop when they are due, for as long as the loop lives.
    struct Driver {
        sleep: Option<alarms::Timer>,
        timers: Arc<Timers>,
        runtime: Id,
    }

    impl PinnedDrop for Driver {
        fn drop(this: Pin<&mut Self>) {
            let mut all = all();
            let removed = match all.get(&this.runtime) {
                Some(timers) if Arc::ptr_eq(timers, &this.timers) => all.remove(&this.runtime),
                _ => None,
            };
            drop(all);
            drop(removed);
            let left = std::mem::take(&mut *this.timers.lock());
            for Reverse(timer) in left.heap {
                timer.callback.cancel();
            }
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // Before looking: a timer that is added from here on wakes this.
        let mut state = this.timers.lock();
        let old = state.waker.replace(cx.waker().clone());
        let is_new = std::mem::take(&mut state.is_new);
        drop(state);
        drop(old);
        if is_new {
            // One that is due at once has its turn after all that is ready, as in asyncio.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // What is due now; what that schedules has its turn after everything that is ready.
        let now = Instant::now();
        let mut due = Vec::new();
        let next = loop {
            match this.timers.next(now) {
                Ok(timer) => due.push(timer),
                Err(next) => break next,
            }
        };
        if !due.is_empty() {
            due.iter().for_each(|timer| timer.callback.run());
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(next) = next else {
            *this.sleep = None;
            return Poll::Pending;
        };
        let sleep = this.sleep.get_or_insert_with(|| alarms::Timer::at(next));
        sleep.reset(next);
        if sleep.poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Calls the callback at that time, on that loop.
pub(super) fn add(event_loop: &LoopHandle, when: Instant, callback: Arc<Callback>) -> TimerHandle {
    let runtime = event_loop.runtime_id();
    let mut is_new = false;
    let timers = Arc::clone(all().entry(runtime).or_insert_with(|| {
        is_new = true;
        Arc::default()
    }));
    timers.add(when, Arc::clone(&callback));
    if is_new {
        event_loop.spawn_future(Box::pin(Driver {
            sleep: None,
            timers: Arc::clone(&timers),
            runtime,
        }));
    }
    TimerHandle {
        when,
        callback,
        timers,
    }
}

/// A callback that waits for its time: `asyncio.TimerHandle`, what
/// [`LoopHandle::call_later`](crate::LoopHandle::call_later) and
/// [`call_at`](crate::LoopHandle::call_at) give.
///
/// Dropping it changes nothing.
///
/// # Examples
///
/// ```
/// use asyncio::{get_running_loop, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let event_loop = get_running_loop();
///     let timer = event_loop.call_later(0.01, || unreachable!());
///     assert!(timer.when() > event_loop.time());
///     timer.cancel();
///     sleep(0.02).await;
/// }
/// ```
#[derive(Clone)]
pub struct TimerHandle {
    when: Instant,
    callback: Arc<Callback>,
    timers: Arc<Timers>,
}

impl TimerHandle {
    /// Drops the callback: if it has not been called, it never is. `TimerHandle.cancel`.
    pub fn cancel(&self) {
        let was_waiting = self.callback.is_waiting();
        self.callback.cancel();
        if was_waiting {
            self.timers.cancelled();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.callback.is_cancelled()
    }

    /// When it is due, on the clock of [`LoopHandle::time`](crate::LoopHandle::time):
    /// `TimerHandle.when`.
    #[must_use]
    pub fn when(&self) -> Instant {
        self.when
    }
}

impl fmt::Debug for TimerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerHandle")
            .field("when", &self.when)
            .field("waiting", &self.callback.is_waiting())
            .field("cancelled", &self.cancelled())
            .finish()
    }
}
