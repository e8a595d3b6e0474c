//! What is waited for, written down by whoever waits.
//!
//! Each future of this crate that returns `Pending` adds an [`Entry`] to a list that is the thread's for
//! the time of one poll ([`wait`]). The task takes the list when its poll ends ([`OfTask`]) and keeps it
//! until the next one. A combinator that polls only the branches that were woken does the same for each
//! branch, and keeps the lists in a [`Node`], which is one entry in the list around it.
//!
//! So nothing has to be taken back when a future is done or dropped, and nobody takes a lock but at the
//! end of a poll.

use super::node::{Node, Site};
use super::subject::Resource;
use crate::tasks::TaskId;
use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// One thing that is waited for.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// `sleep`, or a timer that stands beside a future.
    Timer(Instant),
    /// The other tasks have their turn.
    Turn,
    /// A line of a lock or queue.
    Line(Arc<Resource>),
    Task(TaskId),
    /// A future of [`create_future`](crate::create_future).
    Future,
    /// A child of the task group with this address.
    Child(usize),
    /// Something outside of the program's tasks: a socket, a process, a thread.
    Outside(&'static str),
    /// Cleanup that was handed over.
    Cleanup,
    Branches(Arc<Node>),
}

/// What one task or branch waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    pub(super) entries: Vec<Entry>,
    /// A future that is not of this crate keeps a waker.
    pub(super) foreign: bool,
}

thread_local! {
    static NOW: Now = const {
        Now {
            state: Cell::new(NOBODY),
            more: Cell::new(ManuallyDrop::new(None)),
        }
    };
}

/// The list of this thread, for the time of one poll of a task or branch.
///
/// Whoever collects puts it in and takes it out again, so that it is empty when the thread ends; without a
/// destructor the access is a plain one.
struct Now {
    /// [`COLLECTS`], and what else is so; and the number of a task, where that is the only entry. This is what
    /// most tasks wait for that wait for a short time only, and needs to cost next to nothing.
    state: Cell<u64>,
    /// All other entries. Nothing, unless [`MORE`] is set.
    more: Cell<ManuallyDrop<Option<Box<More>>>>,
}

/// Nobody will take the list.
const NOBODY: u64 = 0;
/// Somebody will.
const COLLECTS: u64 = 1;
/// A loop of ours polls its tasks here, with wakers that count their clones. Stays set while a task collects.
const ON_LOOP: u64 = 2;
/// From this bit on the number of a task.
const NUMBER: u32 = 2;
/// A foreign future has cloned a waker. `MORE` is set, too.
const FOREIGN: u64 = 1 << 62;
/// The number is not all there is.
const MORE: u64 = 1 << 63;

#[derive(Debug, Default)]
struct More {
    entries: Vec<Entry>,
    /// What was collected around a task that is polled inside of another poll.
    outer: Option<Collected>,
}

fn number_in(state: u64) -> Option<Entry> {
    let number = (state & !(FOREIGN | MORE)) >> NUMBER;
    TaskId::from_number(number).map(Entry::Task)
}

impl Now {
    fn replace(&self, more: Option<Box<More>>) -> Option<Box<More>> {
        ManuallyDrop::into_inner(self.more.replace(ManuallyDrop::new(more)))
    }

    fn take(&self) -> Collected {
        Collected {
            state: self.state.replace(NOBODY),
            more: self.replace(None),
        }
    }

    fn put(&self, collected: Collected) {
        self.state.set(collected.state);
        let old = self.replace(collected.more);
        drop(old);
    }

    #[cold]
    fn push(&self, entry: Entry) {
        let state = self.state.get();
        let mut more = self.replace(None).unwrap_or_default();
        more.entries.extend(number_in(state));
        more.entries.push(entry);
        self.replace(Some(more));
        self.state
            .set(COLLECTS | MORE | state & (FOREIGN | ON_LOOP));
    }
}

/// A waker was cloned, by whom is not known.
#[inline]
pub(crate) fn count_clone() {
    NOW.with(|now| {
        let state = now.state.get();
        if state & COLLECTS != 0 {
            now.state.set(state | FOREIGN | MORE);
        }
    });
}

/// Whether what is recorded here will be taken.
#[inline]
pub(super) fn is_collected() -> bool {
    NOW.with(|now| now.state.get() & COLLECTS != 0)
}

/// Runs what clones wakers, or polls a future outside of this crate, for a wait that is recorded otherwise.
#[inline]
pub(crate) fn uncounted<R>(f: impl FnOnce() -> R) -> R {
    let state = NOW.with(|now| now.state.get());
    if state & COLLECTS == 0 {
        return f();
    }
    NOW.with(|now| now.state.set(NOBODY));
    let result = f();
    NOW.with(|now| now.state.set(state));
    result
}

/// The task or branch that is polled here waits for this.
pub(crate) fn wait(entry: Entry) {
    if is_collected() {
        NOW.with(|now| now.push(entry));
    }
}

/// The task or branch that is polled here waits for a task.
#[inline]
pub(crate) fn wait_for_task(task: TaskId) {
    const FIRST: u64 = ON_LOOP | COLLECTS;
    NOW.with(|now| match now.state.get() {
        FIRST => now.state.set(FIRST + (task.number() << NUMBER)),
        _ => wait_for_another(now, task),
    });
}

#[cold]
#[inline(never)]
fn wait_for_another(now: &Now, task: TaskId) {
    match now.state.get() {
        COLLECTS => now.state.set(COLLECTS + (task.number() << NUMBER)),
        state if state & COLLECTS != 0 => now.push(Entry::Task(task)),
        _ => {}
    }
}

/// What was collected.
#[derive(Debug)]
pub(crate) struct Collected {
    state: u64,
    more: Option<Box<More>>,
}

impl Collected {
    pub(super) fn into_waits(self) -> Waits {
        let mut entries = self.more.map_or_else(Vec::new, |more| more.entries);
        entries.extend(number_in(self.state));
        Waits {
            entries,
            foreign: self.state & FOREIGN != 0,
        }
    }
}

/// Makes a new list the one of this thread, until it is dropped or finished: for a branch.
#[derive(Debug)]
pub(crate) struct Collecting {
    /// What was collected outside of it by then. `None` where nobody collects there.
    outer: Option<Collected>,
}

impl Collecting {
    pub(crate) fn start() -> Self {
        NOW.with(|now| {
            let outer = (now.state.get() != NOBODY).then(|| now.take());
            now.state.set(COLLECTS);
            Collecting { outer }
        })
    }

    /// What was recorded since the start.
    pub(crate) fn finish(mut self) -> Collected {
        let inner = self.restore();
        mem::forget(self);
        inner
    }

    fn restore(&mut self) -> Collected {
        NOW.with(|now| {
            let inner = now.take();
            if let Some(outer) = self.outer.take() {
                now.put(outer);
            }
            inner
        })
    }
}

impl Drop for Collecting {
    /// A panic: nobody waits.
    fn drop(&mut self) {
        drop(self.restore());
    }
}

/// While it lives, a loop of ours polls its tasks here.
#[derive(Debug)]
pub(crate) struct OnLoop(bool);

impl OnLoop {
    /// For a loop that will poll with wakers that count their clones, if there is introspection.
    pub(crate) fn start(introspected: bool) -> Self {
        // Inside of another poll all tasks are polled as such.
        let state = NOW.with(|now| now.state.get());
        let is_outermost = introspected && state == NOBODY;
        if is_outermost {
            NOW.with(|now| now.state.set(ON_LOOP));
        }
        OnLoop(is_outermost)
    }
}

impl Drop for OnLoop {
    fn drop(&mut self) {
        if self.0 {
            NOW.with(|now| now.state.set(NOBODY));
        }
    }
}

/// As [`Collecting`], for a task. What is around it, which is nothing for most, is kept beside the list, so that
/// there is one word to look at.
#[derive(Debug)]
pub(super) struct OfTask(());

impl OfTask {
    /// For a task whose waker counts its clones. False if this may be another one: nothing is started then.
    #[inline(always)]
    #[must_use]
    pub(super) fn start_on_loop() -> bool {
        NOW.with(|now| {
            let is_on_loop = now.state.get() == ON_LOOP;
            if is_on_loop {
                now.state.set(ON_LOOP | COLLECTS);
            }
            is_on_loop
        })
    }

    #[inline]
    pub(super) fn start() {
        if NOW.with(|now| now.state.get()) != NOBODY {
            return OfTask::start_inside();
        }
        NOW.with(|now| now.state.set(COLLECTS));
    }

    /// The same, whatever is around it.
    #[cold]
    #[inline(never)]
    pub(super) fn start_inside() {
        NOW.with(|now| {
            let outer = now.take();
            now.put(Collected {
                state: COLLECTS | MORE,
                more: Some(Box::new(More {
                    entries: Vec::new(),
                    outer: Some(outer),
                })),
            });
        });
    }

    /// Ends what was started, also on unwind.
    #[inline(always)]
    pub(super) fn started() -> Self {
        OfTask(())
    }

    /// If it was started.
    #[inline(always)]
    pub(super) fn state(&self) -> Option<State> {
        let state = NOW.with(|now| now.state.get());
        (state & COLLECTS != 0).then_some(State(state))
    }

    /// The task waits for what was recorded since the start, or has ended.
    #[inline(always)]
    pub(super) fn finish<'a>(
        self,
        State(state): State,
        waits: bool,
        kept: &Kept,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
    ) {
        self.finish_to(state, state & ON_LOOP, waits, kept, elsewhere);
    }

    /// The same for what [`start_on_loop`](Self::start_on_loop) has started.
    #[inline(always)]
    pub(super) fn finish_on_loop<'a>(
        self,
        waits: bool,
        kept: &Kept,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
    ) {
        let state = NOW.with(|now| now.state.get());
        self.finish_to(state, ON_LOOP, waits, kept, elsewhere);
    }

    #[inline(always)]
    fn finish_to<'a>(
        self,
        state: u64,
        rest: u64,
        waits: bool,
        kept: &Kept,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
    ) {
        mem::forget(self);
        if state & MORE != 0 {
            let collected = OfTask::take_more();
            if waits {
                kept.put(collected, elsewhere());
            }
            return;
        }
        NOW.with(|now| now.state.set(rest));
        if waits {
            // What is elsewhere stays there until it is next used: to drop it takes a lock.
            kept.state.store(state, Ordering::Release);
        }
    }

    #[cold]
    #[inline(never)]
    fn take_more() -> Collected {
        NOW.with(|now| {
            let mut inner = now.take();
            let outer = inner.more.as_mut().and_then(|more| more.outer.take());
            match outer {
                Some(outer) => now.put(outer),
                None => now.state.set(inner.state & ON_LOOP),
            }
            inner
        })
    }
}

impl Drop for OfTask {
    /// A panic: nobody waits.
    fn drop(&mut self) {
        if is_collected() {
            drop(OfTask::take_more());
        }
    }
}

/// [`Now::state`] at the end of a poll.
pub(super) struct State(u64);

/// Where a task keeps what it waits for. One at a time writes: whoever polls the task.
#[derive(Debug)]
pub(super) struct Kept {
    /// What [`Now::state`] was, if that says all; or `ELSEWHERE`.
    state: AtomicU64,
}

const ELSEWHERE: u64 = u64::MAX;

impl Kept {
    pub(super) const fn new() -> Self {
        Kept {
            state: AtomicU64::new(NOBODY),
        }
    }

    #[cold]
    fn put(&self, collected: Collected, elsewhere: &Mutex<Waits>) {
        let old = mem::replace(&mut *lock(elsewhere), collected.into_waits());
        self.state.store(ELSEWHERE, Ordering::Release);
        drop(old);
    }

    pub(super) fn get(&self, elsewhere: Option<&Mutex<Waits>>) -> Waits {
        let state = self.state.load(Ordering::Acquire);
        if state == ELSEWHERE {
            return elsewhere.map_or_else(Waits::default, |kept| lock(kept).clone());
        }
        Waits {
            entries: number_in(state).into_iter().collect(),
            foreign: false,
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last entry is of a macro that stands there.
#[cold]
pub(crate) fn name_last(site: &'static Site) {
    NOW.with(|now| {
        let more = now.replace(None);
        if let Some(Entry::Branches(node)) = more.as_ref().and_then(|more| more.entries.last()) {
            let _ = node.site.set(site);
        }
        now.replace(more);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(number: u64) -> TaskId {
        TaskId::from_number(number).expect("it is not zero")
    }

    fn tasks(waits: &Waits) -> Vec<u64> {
        let number = |entry: &Entry| match entry {
            Entry::Task(id) => id.number(),
            _ => 0,
        };
        waits.entries.iter().map(number).collect()
    }

    #[test]
    fn a_task_that_is_polled_inside_of_another_poll_leaves_that_what_it_recorded() {
        let (inner, outer) = (Kept::new(), Kept::new());
        let (of_inner, of_outer) = (Mutex::default(), Mutex::default());
        let finish = |kept, elsewhere| {
            let collecting = OfTask::started();
            let state = collecting.state().expect("it was started");
            collecting.finish(state, true, kept, || elsewhere);
        };
        OfTask::start();
        wait_for_task(task(7));
        OfTask::start();
        wait_for_task(task(8));
        count_clone();
        finish(&inner, &of_inner);
        wait_for_task(task(9));
        finish(&outer, &of_outer);
        let (inner, outer) = (inner.get(Some(&of_inner)), outer.get(Some(&of_outer)));
        assert_eq!((tasks(&inner), inner.foreign), (vec![8], true));
        assert_eq!((tasks(&outer), outer.foreign), (vec![7, 9], false));
        assert!(!is_collected());
    }

    #[test]
    fn a_loop_goes_on_with_the_next_task_whatever_the_last_one_recorded() {
        let (kept, elsewhere) = (Kept::new(), Mutex::default());
        let on_loop = OnLoop::start(true);
        let poll = |waits: bool, f: &dyn Fn()| {
            assert!(OfTask::start_on_loop(), "nobody collects");
            f();
            OfTask::started().finish_on_loop(waits, &kept, || &elsewhere);
            let waits = kept.get(Some(&elsewhere));
            (tasks(&waits), waits.foreign)
        };
        assert_eq!(poll(true, &|| wait_for_task(task(7))), (vec![7], false));
        assert_eq!(poll(true, &|| uncounted(count_clone)), (vec![], false));
        assert_eq!(poll(true, &count_clone), (vec![], true));
        assert_eq!(poll(true, &|| wait(Entry::Turn)), (vec![0], false));
        assert_eq!(poll(false, &|| wait_for_task(task(8))), (vec![0], false));
        assert_eq!(poll(true, &|| ()), (vec![], false));
        drop(on_loop);
        assert!(!OfTask::start_on_loop());
        OfTask::start_inside();
        drop(OfTask::started());
        assert_eq!(NOW.with(|now| now.state.get()), NOBODY);
    }
}
