//! Models of waker lines above others, and of wake-ups of one branch, for every interleaving that the memory model
//! allows.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test -p asyncio --test loom_trees --release
//! ```
#![cfg(loom)]

#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/graph/off.rs"]
mod graph;
#[path = "common/loom_task.rs"]
mod task;
#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/wakers/mod.rs"]
mod wakers;

use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;
use std::ops::ControlFlow;
use std::task::Waker;
use task::{Events, Task, events, happen, task};
use wakers::{First, Lazy, Lease, Pass, Tree};

/// The branch of the upper line that the lower line is below.
const PLACE: u32 = 3;

/// Two levels, as a spread has them, with two branches below.
struct Levels {
    upper: Lease,
    lower: Lease,
    events: Arc<Events>,
    seen: [usize; 2],
}

impl Levels {
    /// Polled once, with the wakers that its branches keep.
    fn started(events: &Arc<Events>, task: &Task, waker: &Waker) -> (Self, [Waker; 2]) {
        task.0.store(false, Ordering::Relaxed);
        let (mut upper, mut lower) = (Lease::ALL_WOKEN, Lease::ALL_WOKEN);
        let lazy = Lazy::new(waker);
        let first = First::begin(&lazy);
        let kept = kept_of_first_poll(&mut lower, &first.waker(PLACE));
        first.keep(&mut upper, 0);
        let levels = Levels {
            upper,
            lower,
            events: events.clone(),
            seen: [0; 2],
        };
        (levels, kept)
    }

    fn see(&mut self, ready: u64) {
        for (index, seen) in self.seen.iter_mut().enumerate() {
            if ready & (1 << index) != 0 {
                *seen = self.events[index].load(Ordering::Relaxed);
            }
        }
    }

    /// What a poll of a spread does, the short way where that can be gone.
    fn poll(&mut self, waker: &Waker) {
        if let Some(above) = self.upper.one_woken(waker)
            && above.index() == PLACE as usize
            && let Some(one) = self.lower.one_woken_below(&above)
        {
            above.take();
            one.take();
            return self.see(one.bit());
        }
        let (due, row) = self.upper.take(waker);
        if due & (1 << PLACE) != 0 {
            let (due, _) = self.lower.take(&row.waker(PLACE));
            self.see(due);
        }
    }

    /// What an executor does: polls if the task is woken.
    fn run(&mut self, task: &Task, waker: &Waker) {
        while task.0.swap(false, Ordering::Acquire) {
            self.poll(waker);
        }
    }

    fn assert_all_seen(&self) {
        let happened = [0, 1].map(|index| self.events[index].load(Ordering::Relaxed));
        assert_eq!(self.seen, happened, "a wake-up was lost");
    }
}

impl Drop for Levels {
    fn drop(&mut self) {
        self.upper.end();
        self.lower.end();
    }
}

/// The wakers that two branches keep in a first poll on behalf of `parent`.
fn kept_of_first_poll(lease: &mut Lease, parent: &Waker) -> [Waker; 2] {
    let lazy = Lazy::new(parent);
    let first = First::begin(&lazy);
    let kept = [first.waker(0).clone(), first.waker(1).clone()];
    first.keep(lease, 0);
    kept
}

#[test]
fn wake_ups_of_two_branches_go_through_both_levels() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut levels, kept) = Levels::started(&events, &task, &waker);
        let [first, second] = kept;
        let other = {
            let events = events.clone();
            thread::spawn(move || happen(&events, 1, 1, &second))
        };
        happen(&events, 0, 1, &first);
        levels.run(&task, &waker);
        other.join().unwrap();
        levels.run(&task, &waker);
        levels.assert_all_seen();
    });
}

#[test]
fn a_branch_woken_twice_is_polled_for_both() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut levels, kept) = Levels::started(&events, &task, &waker);
        let other = {
            let events = events.clone();
            thread::spawn(move || {
                happen(&events, 0, 1, &kept[0]);
                happen(&events, 0, 2, &kept[0]);
            })
        };
        levels.run(&task, &waker);
        other.join().unwrap();
        levels.run(&task, &waker);
        levels.assert_all_seen();
    });
}

#[test]
fn with_one_level_a_branch_that_is_woken_late_is_not_forgotten() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        task.0.store(false, Ordering::Relaxed);
        let mut lease = Lease::ALL_WOKEN;
        let kept = kept_of_first_poll(&mut lease, &waker);
        let others = kept.into_iter().enumerate().map(|(index, kept)| {
            let events = events.clone();
            thread::spawn(move || happen(&events, index, 1, &kept))
        });
        let others: Vec<_> = others.collect();
        let mut seen = [0; 2];
        let mut run = || {
            while task.0.swap(false, Ordering::Acquire) {
                let due = match lease.one_woken(&waker) {
                    Some(one) => {
                        one.take();
                        one.bit()
                    }
                    None => lease.take(&waker).0,
                };
                for (index, seen) in seen.iter_mut().enumerate() {
                    if due & (1 << index) != 0 {
                        *seen = events[index].load(Ordering::Relaxed);
                    }
                }
            }
        };
        run();
        for other in others {
            other.join().unwrap();
        }
        run();
        lease.end();
        assert_eq!(seen, [1, 1], "a wake-up was lost");
    });
}

#[test]
fn a_line_below_another_may_get_a_parent_of_another_sort_and_end() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        let (mut levels, [kept, _]) = Levels::started(&events, &task, &waker);
        let other = {
            let (events, kept) = (events.clone(), kept.clone());
            thread::spawn(move || happen(&events, 0, 1, &kept))
        };
        // The lower level is polled by another task, which does not know of the upper one.
        let (second_task, second_waker) = self::task();
        let mut run = || {
            while second_task.0.swap(false, Ordering::Acquire) {
                let (due, _) = levels.lower.take(&second_waker);
                levels.see(due);
            }
        };
        run();
        other.join().unwrap();
        run();
        levels.assert_all_seen();
        drop(levels);
        // The lines are in order again.
        let (levels, kept) = Levels::started(&events, &task, &waker);
        kept[1].wake_by_ref();
        assert!(task.0.load(Ordering::Relaxed), "a wake-up was lost");
        drop(levels);
    });
}

#[test]
fn stale_wakers_of_a_lower_line_do_not_silence_the_next_owner() {
    loom::model(|| {
        let old_events = events();
        let (old_task, old_waker) = task();
        let (old, [stale, _]) = Levels::started(&old_events, &old_task, &old_waker);
        let other = thread::spawn(move || stale.wake_by_ref());
        drop(old);
        let events = events();
        let (task, waker) = task();
        let (mut levels, kept) = Levels::started(&events, &task, &waker);
        happen(&events, 0, 1, &kept[0]);
        other.join().unwrap();
        levels.run(&task, &waker);
        levels.assert_all_seen();
    });
}

#[test]
fn wake_ups_climb_a_tree() {
    loom::model(|| {
        let events = events();
        let (task, waker) = task();
        // Branch 0 is below the first node, branch 70 below the second.
        let mut tree = Tree::new(100);
        tree.mark(0);
        tree.mark(70);
        let mut kept = Vec::new();
        let _ = tree.poll(&waker, Pass::Marked, &mut |_, cx| {
            kept.push(cx.waker().clone());
            ControlFlow::<()>::Continue(())
        });
        let mut seen = [0; 2];
        let mut run = || {
            while task.0.swap(false, Ordering::Acquire) {
                let _ = tree.poll(&waker, Pass::Woken, &mut |index, _| {
                    let index = usize::from(index == 70);
                    seen[index] = events[index].load(Ordering::Relaxed);
                    ControlFlow::<()>::Continue(())
                });
            }
        };
        let other = {
            let (events, kept) = (events.clone(), kept[1].clone());
            thread::spawn(move || happen(&events, 1, 1, &kept))
        };
        happen(&events, 0, 1, &kept[0]);
        run();
        other.join().unwrap();
        run();
        assert_eq!(seen, [1, 1], "a wake-up was lost");
    });
}
