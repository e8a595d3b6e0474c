//! Models of the waker lines, for every interleaving that the memory model allows.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test -p asyncio --test loom_wakers --release
//! ```
#![cfg(loom)]

#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/graph/off.rs"]
mod graph;
#[allow(dead_code, reason = "the models need a part of it")]
#[path = "common/loom_task.rs"]
mod task;
#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/wakers/mod.rs"]
mod wakers;

use loom::sync::atomic::Ordering;
use loom::sync::{Arc, Mutex};
use loom::thread;
use std::mem;
use std::task::{Wake, Waker};
use task::{Events, Task, events, happen, task};
use wakers::{Lazy, Wakers};

/// A combinator of two branches.
struct Owner {
    wakers: Wakers,
    events: Arc<Events>,
    seen: [usize; 2],
}

impl Owner {
    /// A combinator that has been polled once, and the wakers that its branches keep.
    fn started(events: &Arc<Events>, task: &Task, waker: &Waker) -> (Self, [Waker; 2]) {
        task.0.store(false, Ordering::Relaxed);
        let mut wakers = Wakers::none_woken();
        let lazy = Lazy::new(waker);
        let round = wakers.round(&lazy);
        let kept = [round.waker(0).clone(), round.waker(1).clone()];
        drop(round);
        let owner = Owner {
            wakers,
            events: events.clone(),
            seen: [0; 2],
        };
        (owner, kept)
    }

    /// What an executor does: polls if the task is woken.
    fn run(&mut self, task: &Task, waker: &Waker) {
        while task.0.swap(false, Ordering::Acquire) {
            let lazy = Lazy::new(waker);
            let round = self.wakers.round(&lazy);
            for (index, seen) in self.seen.iter_mut().enumerate() {
                if round.ready() & (1 << index) != 0 {
                    *seen = self.events[index].load(Ordering::Relaxed);
                }
            }
        }
    }

    fn assert_all_seen(&self) {
        let happened = [0, 1].map(|index| self.events[index].load(Ordering::Relaxed));
        assert_eq!(self.seen, happened, "a wake-up was lost");
    }
}

#[test]
fn a_wake_up_arrives() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut owner, kept) = Owner::started(&events, &task, &waker);
        let other = {
            let events = events.clone();
            thread::spawn(move || happen(&events, 1, 1, &kept[1]))
        };
        owner.run(&task, &waker);
        other.join().unwrap();
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
}

#[test]
fn a_branch_woken_twice_with_a_poll_between_is_polled_for_both() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut owner, kept) = Owner::started(&events, &task, &waker);
        let other = {
            let events = events.clone();
            thread::spawn(move || {
                happen(&events, 0, 1, &kept[0]);
                happen(&events, 0, 2, &kept[0]);
            })
        };
        owner.run(&task, &waker);
        owner.run(&task, &waker);
        other.join().unwrap();
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
}

#[test]
fn wake_ups_from_two_threads_arrive() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut owner, kept) = Owner::started(&events, &task, &waker);
        let others = kept.into_iter().enumerate().map(|(index, kept)| {
            let events = events.clone();
            thread::spawn(move || happen(&events, index, 1, &kept))
        });
        let others: Vec<_> = others.collect();
        owner.run(&task, &waker);
        for other in others {
            other.join().unwrap();
        }
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
}

/// A branch as futures are: polled with another waker, it wakes that one. For each an event and a waker.
type Branches = [Mutex<(usize, Waker)>; 2];

/// What an executor does with a combinator of such branches.
fn run_branches(wakers: &mut Wakers, branches: &Branches, task: &Task, waker: &Waker) {
    while task.0.swap(false, Ordering::Acquire) {
        let lazy = Lazy::new(waker);
        let round = wakers.round(&lazy);
        for (index, branch) in branches.iter().enumerate() {
            if round.ready() & (1 << index) == 0 {
                continue;
            }
            let mut branch = branch.lock().unwrap();
            if branch.0 == 1 {
                branch.0 = 2; // seen
            }
            let waker = round.waker(index as u32);
            if !branch.1.will_wake(&waker) {
                branch.1 = waker.clone();
            }
        }
    }
}

#[test]
fn after_a_poll_in_another_task_that_task_is_woken() {
    loom::model(|| {
        let (first_task, first_waker) = task();
        let (Owner { mut wakers, .. }, kept) = Owner::started(&events(), &first_task, &first_waker);
        let branches: Arc<Branches> = Arc::new(kept.map(|kept| Mutex::new((0, kept))));
        let other = {
            let branches = branches.clone();
            thread::spawn(move || {
                for branch in &*branches {
                    let waker = {
                        let mut branch = branch.lock().unwrap();
                        branch.0 = 1;
                        branch.1.clone()
                    };
                    waker.wake_by_ref();
                }
            })
        };
        // The combinator moves to another task, which polls it; the first is never looked at again.
        let (second_task, second_waker) = task();
        run_branches(&mut wakers, &branches, &second_task, &second_waker);
        other.join().unwrap();
        run_branches(&mut wakers, &branches, &second_task, &second_waker);
        let seen = [0, 1].map(|index| branches[index].lock().unwrap().0);
        assert_eq!(seen, [2, 2], "a wake-up was lost");
    });
}

#[test]
fn stale_wakers_do_not_silence_the_next_owner() {
    static USED_AGAIN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    loom::model(|| {
        let old_events = events();
        let (old_task, old_waker) = task();
        let (old, stale) = Owner::started(&old_events, &old_task, &old_waker);
        let line = stale[0].data().addr();
        let others = {
            let stale = stale.clone();
            thread::spawn(move || stale[1].wake_by_ref())
        };
        // The line goes back to the pool, and to another owner, while it is being woken.
        drop(old);
        let events = events();
        let (task, waker) = task();
        let (mut owner, kept) = Owner::started(&events, &task, &waker);
        // Not if the stale waker holds it just then.
        if kept[0].data().addr() == line {
            USED_AGAIN.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        happen(&events, 0, 1, &kept[0]);
        owner.run(&task, &waker);
        others.join().unwrap();
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
    let used_again = USED_AGAIN.load(std::sync::atomic::Ordering::Relaxed);
    assert!(used_again, "the line is never used again");
}

#[test]
fn an_owner_that_is_being_woken_can_register_another_parent_or_end() {
    loom::model(|| {
        let events = events();
        let (first_task, first_waker) = task();
        let (mut owner, kept) = Owner::started(&events, &first_task, &first_waker);
        let [kept, _] = kept;
        let other = thread::spawn(move || kept.wake_by_ref());
        let (second_task, second_waker) = task();
        owner.run(&second_task, &second_waker);
        drop(owner);
        other.join().unwrap();
        // All lines are in order again, whoever has put them back: their owners are woken.
        let both = [(); 2].map(|()| {
            let (task, waker) = task();
            let (owner, kept) = Owner::started(&events, &task, &waker);
            kept[0].wake_by_ref();
            assert!(task.0.load(Ordering::Relaxed), "a wake-up was lost");
            owner
        });
        drop(both);
    });
}

#[test]
fn a_line_changes_hands_while_both_owners_are_woken() {
    loom::model(|| {
        let old_events = events();
        let (old_task, old_waker) = task();
        let (old, stale) = Owner::started(&old_events, &old_task, &old_waker);
        let before = thread::spawn(move || stale[0].wake_by_ref());
        drop(old);
        let events = events();
        let (task, waker) = task();
        let (mut owner, kept) = Owner::started(&events, &task, &waker);
        let after = {
            let events = events.clone();
            thread::spawn(move || happen(&events, 1, 1, &kept[1]))
        };
        before.join().unwrap();
        owner.run(&task, &waker);
        after.join().unwrap();
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
}

#[test]
fn the_last_wake_up_may_drop_the_owner() {
    /// A task that drops its combinator when it is woken.
    struct Dropping(std::sync::Mutex<Option<Wakers>>);

    impl Wake for Dropping {
        fn wake(self: std::sync::Arc<Self>) {
            let owner = self.0.lock().unwrap().take();
            drop(owner);
        }
    }

    loom::model(|| {
        let task = std::sync::Arc::new(Dropping(std::sync::Mutex::new(None)));
        let waker = Waker::from(task.clone());
        let mut wakers = Wakers::none_woken();
        let lazy = Lazy::new(&waker);
        let round = wakers.round(&lazy);
        let kept = [round.waker(0).clone(), round.waker(1).clone()];
        drop(round);
        *task.0.lock().unwrap() = Some(wakers);
        let others = kept.map(|kept| thread::spawn(move || kept.wake()));
        for other in others {
            other.join().unwrap();
        }
        assert!(task.0.lock().unwrap().is_none());
    });
}

#[test]
fn branches_may_clone_their_wakers_on_several_threads() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        task.0.store(false, Ordering::Relaxed);
        let mut wakers = Wakers::none_woken();
        let lazy = Lazy::new(&waker);
        let round = wakers.round(&lazy);
        let lent = round.waker(1);
        // SAFETY: the thread ends before `lent` is gone: what a scoped thread sees to.
        let shared = unsafe { mem::transmute::<&Waker, &'static Waker>(&*lent) };
        let other = {
            let events = events.clone();
            thread::spawn(move || happen(&events, 1, 1, &shared.clone()))
        };
        let kept = round.waker(0).clone();
        other.join().unwrap();
        drop(round);
        happen(&events, 0, 1, &kept);
        let mut owner = Owner {
            wakers,
            events,
            seen: [0; 2],
        };
        owner.run(&task, &waker);
        owner.assert_all_seen();
    });
}
