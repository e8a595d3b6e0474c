//! What threads share of a task and of pending cleanup, model-checked: every interleaving of these small
//! programs. `RUSTFLAGS="--cfg loom" cargo test -p asyncio --release --test loom_tasks`
#![cfg(loom)]
#![allow(
    dead_code,
    reason = "the sources are compiled here a second time, against loom"
)]

#[path = "../src/brief_lock.rs"]
mod brief_lock;
#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/graph/off.rs"]
mod graph;
#[path = "../src/scope/inbox.rs"]
mod inbox;
#[path = "../src/tasks/join.rs"]
mod join;
#[path = "../src/tasks/lazy.rs"]
mod lazy;
#[path = "../src/events/mailbox.rs"]
mod mailbox;
#[path = "../src/tasks/owner_lock.rs"]
mod owner_lock;
#[path = "../src/tasks/requests.rs"]
mod requests;
#[path = "../src/wakes.rs"]
mod wakes;

mod sync {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
    pub(crate) use loom::thread::yield_now;
}

use inbox::Inbox;
use join::Join;
use lazy::Lazy;
use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use mailbox::Mailbox;
use owner_lock::OwnerLock;
use requests::Requests;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wakes::Wakes;

/// What the root of a task does with its requests, around a body that never ends and a cleanup that ends
/// at once, or that hangs until it is interrupted.
struct Root {
    requests: Arc<Requests<&'static str>>,
    carried_out: u32,
    interrupted: bool,
    hangs: bool,
    registered: bool,
}

impl Root {
    fn new(requests: &Arc<Requests<&'static str>>, hangs: bool) -> Self {
        Root {
            requests: requests.clone(),
            carried_out: 0,
            interrupted: false,
            hangs,
            registered: false,
        }
    }

    fn poll_once(&mut self) -> bool {
        let made = self.requests.made();
        if made != self.carried_out {
            let first = std::mem::replace(&mut self.carried_out, made) == 0;
            self.interrupted |= !first || self.requests.is_stopped();
            self.requests.carried_out(made);
        }
        self.carried_out > 0 && (!self.hangs || self.interrupted)
    }
}

impl Future for Root {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.poll_once() {
                self.requests.end();
                return Poll::Ready(());
            }
            if !self.registered {
                self.registered = true;
                self.requests.set_waker(cx.waker());
            }
            if self.requests.made() == self.carried_out {
                return Poll::Pending;
            }
        }
    }
}

fn model(preemptions: usize, program: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(program);
}

#[test]
fn a_cancel_reaches_a_task_that_is_about_to_sleep() {
    loom::model(|| {
        let requests = Arc::new(Requests::new());
        let other = requests.clone();
        let canceller = thread::spawn(move || assert!(other.cancel(Some("why"), true)));
        block_on(Root::new(&requests, false));
        canceller.join().unwrap();
        assert_eq!(requests.message(), Some("why"));
        assert!(!requests.is_due() && !requests.cancel(None, true));
    });
}

/// Either it comes before the first is carried out, and counts once, or it interrupts: then the task,
/// whose cleanup hangs, ends. A stop ends it in any case.
#[test]
fn two_cancels_and_a_stop_end_a_task_that_hangs() {
    model(3, || {
        let requests = Arc::new(Requests::new());
        let (a, b) = (requests.clone(), requests.clone());
        let first = thread::spawn(move || {
            a.cancel(Some("first"), true);
        });
        let second = thread::spawn(move || {
            b.cancel(Some("second"), true);
            b.stop();
        });
        block_on(Root::new(&requests, true));
        first.join().unwrap();
        second.join().unwrap();
        assert!(requests.message().is_some());
    });
}

#[test]
fn who_asks_without_counting_never_interrupts() {
    model(3, || {
        let requests = Arc::new(Requests::new());
        let (a, b) = (requests.clone(), requests.clone());
        let group = thread::spawn(move || assert!(a.cancel(None, false)));
        let user = thread::spawn(move || assert!(b.cancel(Some("user"), true)));
        group.join().unwrap();
        user.join().unwrap();
        assert!(requests.made() > 0);
        let mut root = Root::new(&requests, true);
        // Nothing was carried out in between, so it counts once, whatever the order.
        assert!(!root.poll_once() && !root.interrupted);
    });
}

/// How the tasks of these models end.
const HOW: usize = 2;

/// A task's outcome, and who awaits it, as a cell has them. The checker sees to it that the place is touched
/// by one side at a time.
struct Slot {
    join: Join,
    outcome: UnsafeCell<Option<u32>>,
}

// SAFETY: `Join` says who may touch the outcome.
unsafe impl Sync for Slot {}

impl Slot {
    fn new() -> Arc<Self> {
        Arc::new(Slot {
            join: Join::new(),
            outcome: UnsafeCell::new(None),
        })
    }

    /// For the task: gives the outcome back if nobody will retrieve it.
    fn store(&self, outcome: u32) -> Option<u32> {
        // SAFETY: the task has not finished.
        self.outcome
            .with_mut(|place| unsafe { *place = Some(outcome) });
        // SAFETY: it is called once.
        let finished = unsafe { self.join.finish(HOW) };
        // SAFETY: as above.
        unsafe { self.join.wake(finished) };
        if !finished.is_detached() {
            return None;
        }
        // SAFETY: it stays with the task.
        self.outcome.with_mut(|place| unsafe { (*place).take() })
    }

    /// For the owner.
    fn poll_done(&self, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: one thread of each model calls this.
        if unsafe { self.join.poll_done(cx.waker()) } {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// For the owner, once it is done.
    fn take(&self) -> Option<u32> {
        if !self.join.has_outcome() {
            return None;
        }
        // SAFETY: this is the owner, and there is an outcome.
        unsafe { self.join.set_taken() };
        // SAFETY: as above.
        self.outcome.with_mut(|place| unsafe { (*place).take() })
    }
}

#[test]
fn an_outcome_reaches_whoever_awaits_it() {
    loom::model(|| {
        let slot = Slot::new();
        let other = slot.clone();
        let task = thread::spawn(move || assert!(other.store(7).is_none()));
        block_on(poll_fn(|cx| slot.poll_done(cx)));
        assert_eq!(slot.take(), Some(7));
        task.join().unwrap();
        assert_eq!(slot.join.ended(), Some(HOW));
        assert!(slot.join.is_done() && slot.take().is_none());
    });
}

#[test]
fn who_comes_with_another_waker_is_told_as_well() {
    loom::model(|| {
        let slot = Slot::new();
        let other = slot.clone();
        let task = thread::spawn(move || assert!(other.store(7).is_none()));
        let mut noop = Context::from_waker(Waker::noop());
        if slot.poll_done(&mut noop).is_pending() {
            block_on(poll_fn(|cx| slot.poll_done(cx)));
        }
        assert_eq!(slot.take(), Some(7));
        task.join().unwrap();
    });
}

/// As a wait for several tasks: where a task knows the waker already it is left alone, and is woken all the same.
#[test]
fn who_finds_that_the_task_knows_its_waker_need_not_tell_it_again() {
    loom::model(|| {
        let slot = Slot::new();
        let other = slot.clone();
        let task = thread::spawn(move || assert!(other.store(7).is_none()));
        block_on(poll_fn(|cx| {
            let told = slot.poll_done(cx);
            // SAFETY: for the owner.
            if told.is_pending() && !unsafe { slot.join.wakes(cx.waker()) } {
                return slot.poll_done(cx);
            }
            // SAFETY: as above.
            assert!(!unsafe { slot.join.wakes(Waker::noop()) });
            told
        }));
        assert_eq!(slot.take(), Some(7));
        task.join().unwrap();
    });
}

/// Who adds a callback changes the word that the two sides share: it is called at the end, or told that this has
/// come, and neither side is misled.
#[test]
fn a_callback_is_added_while_a_task_ends_that_is_awaited() {
    model(3, || {
        let slot = Slot::new();
        let (task, other) = (slot.clone(), slot.clone());
        // SAFETY: it is called once.
        let task = thread::spawn(move || unsafe { task.join.finish(HOW) });
        let other = thread::spawn(move || other.join.note_callbacks());
        let mut noop = Context::from_waker(Waker::noop());
        let mut waits = slot.poll_done(&mut noop).is_pending();
        waits &= slot.poll_done(&mut noop).is_pending();
        // SAFETY: for the owner, and the last call.
        let leaves_it = unsafe { !slot.join.detach() };
        let (finished, in_time) = (task.join().unwrap(), other.join().unwrap());
        assert_eq!(finished.has_callbacks(), in_time);
        assert_eq!(finished.is_detached(), leaves_it);
        assert!(waits || !leaves_it);
        assert_eq!(slot.join.ended(), Some(HOW));
        // SAFETY: as above.
        unsafe { slot.join.wake(finished) };
    });
}

/// An outcome that nobody takes is left to exactly one of the two.
#[test]
fn an_outcome_that_is_not_retrieved_is_reported_once() {
    loom::model(|| {
        let slot = Slot::new();
        let reports = Arc::new(AtomicUsize::new(0));
        let (other, counter) = (slot.clone(), reports.clone());
        let task = thread::spawn(move || {
            if other.store(7).is_some() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut noop = Context::from_waker(Waker::noop());
        let _ = slot.poll_done(&mut noop);
        // SAFETY: for the owner, and the last call.
        if unsafe { slot.join.detach() } && slot.take().is_some() {
            reports.fetch_add(1, Ordering::Relaxed);
        }
        task.join().unwrap();
        assert_eq!(reports.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_two_make_at_once_is_made_once() {
    loom::model(|| {
        let lazy = Arc::new(Lazy::new());
        let other = lazy.clone();
        let thread = thread::spawn(move || std::ptr::from_ref(other.get_or_init(|| 1)).addr());
        let here = std::ptr::from_ref(lazy.get_or_init(|| 1)).addr();
        assert_eq!(thread.join().unwrap(), here);
        assert_eq!(lazy.get(), Some(&1));
    });
}

/// The owner and whoever looks have the value one at a time, and see what was done before.
#[test]
fn a_list_is_changed_by_its_owner_while_another_looks() {
    loom::model(|| {
        let lock = Arc::new(OwnerLock::new((0, 0)));
        let other = lock.clone();
        let other = thread::spawn(move || {
            other.look(|both| {
                assert_eq!(both.0, both.1);
                both.0
            })
        });
        for _ in 0..2 {
            lock.with(|both| {
                both.0 += 1;
                both.1 += 1;
            });
        }
        assert!((0..=2).contains(&other.join().unwrap()));
        assert_eq!(lock.look(|both| *both), (2, 2));
    });
}

/// The same with two who look.
#[test]
fn two_who_look_at_a_list_and_its_owner_come_one_after_the_other() {
    model(2, || {
        let lock = Arc::new(OwnerLock::new(0));
        let others = [(), ()].map(|()| {
            let lock = lock.clone();
            thread::spawn(move || lock.look(|value| *value += 1))
        });
        lock.with(|value| *value += 1);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(lock.look(|value| *value), 3);
    });
}

/// A loop takes its mail until it is asked to wait; it is not asked to while there is some.
#[test]
fn mail_reaches_a_loop_that_is_about_to_wait() {
    model(3, || {
        let mailbox = Arc::new(Mailbox::new());
        mailbox.open(1);
        let threads = [1, 2].map(|item| {
            let mailbox = mailbox.clone();
            thread::spawn(move || assert!(mailbox.put(None, item).is_ok()))
        });
        let mut got = Vec::new();
        let mut listens = false;
        block_on(poll_fn(|cx| {
            if !std::mem::replace(&mut listens, true) {
                mailbox.listen(cx.waker());
            }
            while mailbox.has_mail() {
                got.extend(mailbox.take(1));
            }
            if got.len() == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        for thread in threads {
            thread.join().unwrap();
        }
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
    });
}

/// What is put in is taken by the loop, given back by its end, or refused: one of them.
#[test]
fn mail_for_a_loop_that_ends_is_not_lost() {
    loom::model(|| {
        let mailbox = Arc::new(Mailbox::new());
        mailbox.open(1);
        mailbox.set_room(1);
        let other = mailbox.clone();
        let thread = thread::spawn(move || other.put(Some(1), 7).is_err());
        let left = mailbox.close();
        mailbox.open(2);
        let refused = thread.join().unwrap();
        assert_eq!(usize::from(refused) + left.len(), 1);
        assert!(mailbox.take(1).is_empty() && !mailbox.has_mail());
    });
}

/// A wake-up that comes while the last one is taken out of the inbox leads to another one, or the poll that
/// follows sees what was done before it.
#[test]
fn a_wake_up_that_is_merged_with_another_is_seen() {
    loom::model(|| {
        let called = Arc::new(AtomicBool::new(true)); // by somebody before
        let (other, data) = (called.clone(), Arc::new(AtomicUsize::new(0)));
        let written = data.clone();
        let thread = thread::spawn(move || {
            written.store(1, Ordering::Relaxed);
            !other.swap(true, Ordering::AcqRel)
        });
        called.swap(false, Ordering::AcqRel);
        let seen = data.load(Ordering::Relaxed) == 1;
        let again = thread.join().unwrap();
        assert!(seen || again);
    });
}

/// As a scope polls its cleanup: what was woken is polled, and nothing is missed.
#[test]
fn wakes_reach_the_scope_from_two_threads() {
    model(3, || {
        let wakes = std::sync::Arc::new(Wakes::default());
        let threads = [1, 2].map(|key| {
            let waker = Wakes::waker(&wakes, key);
            thread::spawn(move || waker.wake())
        });
        let (mut woken, mut new) = (Vec::new(), Vec::new());
        block_on(poll_fn(|cx| {
            wakes.take(cx.waker(), &mut new);
            woken.append(&mut new);
            if woken.len() == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        for thread in threads {
            thread.join().unwrap();
        }
        woken.sort_unstable();
        assert_eq!(woken, [1, 2]);
    });
}

/// What a driver of orphans does: each is cleaned up at once here.
async fn drive(inbox: Arc<Inbox<u32>>) -> Vec<u32> {
    let mut cleaned = Vec::new();
    poll_fn(move |cx| {
        loop {
            let new = inbox.take(cx.waker());
            // A cleanup that has something to wait for, the first time.
            let waits = new.contains(&1) && cleaned.is_empty();
            cleaned.extend(new);
            if waits {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if inbox.seal_if_empty() {
                return Poll::Ready(std::mem::take(&mut cleaned));
            }
        }
    })
    .await
}

/// A task goes on to drop orphans while the driver of the first one works, and ends: each comes to that
/// driver, or to the next, in order; none is lost, none comes twice.
#[test]
fn orphans_come_to_a_driver_that_is_about_to_end() {
    model(3, || {
        let inbox = Arc::new(Inbox::new(vec![1]));
        let first = inbox.clone();
        let driver = thread::spawn(move || block_on(drive(first)));
        let mut last = inbox.clone();
        let mut left = Vec::new();
        for orphan in [2, 3] {
            if let Err(refused) = last.put(vec![orphan]) {
                // Nothing was begun here before: the driver of that has ended.
                left.extend(last.seal());
                last = Arc::new(Inbox::new(refused));
            }
        }
        let mut cleaned = driver.join().unwrap();
        if !Arc::ptr_eq(&last, &inbox) {
            left.extend(last.seal());
        }
        cleaned.extend(left);
        assert_eq!(cleaned, [1, 2, 3]);
        assert_eq!(inbox.put(vec![4]), Err(vec![4]), "it has ended");
    });
}

/// A driver that is dropped seals its inbox: what comes after that is not lost in there.
#[test]
fn orphans_come_to_a_driver_that_is_dropped() {
    loom::model(|| {
        let inbox = Arc::new(Inbox::new(vec![1]));
        let other = inbox.clone();
        let task = thread::spawn(move || other.put(vec![2]));
        let mut reported = inbox.seal();
        match task.join().unwrap() {
            Ok(()) => {}
            Err(refused) => reported.extend(refused),
        }
        assert_eq!(reported, [1, 2]);
    });
}
