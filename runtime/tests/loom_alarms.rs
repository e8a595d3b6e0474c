//! The alarms of Tokio's runtimes, model-checked: every interleaving of these small programs.
//! `RUSTFLAGS="--cfg loom" cargo test -p asyncio --release --no-default-features --test loom_alarms`
//!
//! The alarms and their queue are those of the crate. Tokio's timer is a model, and so is the brief lock, which spins: that
//! one is checked in `loom_tasks`.
#![cfg(loom)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the sources are compiled here a second time, against loom"
)]

#[path = "support/loom_alarms.rs"]
mod alarms;

mod brief_lock {
    use loom::sync::{Mutex, MutexGuard};

    pub(crate) struct BriefLock<T>(Mutex<T>);

    impl<T> BriefLock<T> {
        pub(crate) fn new(value: T) -> Self {
            BriefLock(Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }
}

mod sync {
    pub(crate) use loom::sync::atomic::AtomicU64;
}

mod scope {
    pub(crate) mod report {
        pub(crate) fn catch(_: &str, f: impl FnOnce()) {
            f();
        }
    }
}

use alarms::{Key, Model, Sleeper, advance, end, has_come, is_set, pause};
use loom::thread;
use std::sync::Arc;

fn model(preemptions: usize, program: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(program);
}

/// Who looks whether it is time when it is woken.
fn sleeper_until(at: u64) -> Arc<Sleeper> {
    Sleeper::then(move || assert!(has_come(at), "it is early"))
}

fn assert_rang(alarms: Model, key: Option<Key>, sleeper: &Sleeper) {
    assert_eq!(alarms.rang(key.unwrap()), Some(true));
    assert_eq!(sleeper.woken(), 1);
}

/// Threads set alarms, an earlier one behind a later one, while the timer goes off.
#[test]
fn none_that_is_set_is_lost() {
    for times in [[2, 1], [1, 2], [1, 1], [3, 2]] {
        model(3, move || {
            let alarms = Model::new();
            let set = times.map(|at| {
                let sleeper = sleeper_until(at);
                let setting = sleeper.clone();
                let setting = thread::spawn(move || alarms.set(at, &setting));
                (setting, sleeper)
            });
            advance(1);
            let set = set.map(|(setting, sleeper)| (setting.join().unwrap(), sleeper));
            advance(2);
            advance(3);
            for (key, sleeper) in set {
                assert_rang(alarms, key, &sleeper);
            }
            assert!(!is_set() && alarms.are_free());
        });
    }
}

/// One is put off, or rings, while the timer goes off for it, and another is set.
#[test]
fn one_that_is_put_off_is_not_woken_afterwards() {
    model(3, || {
        let alarms = Model::new();
        let (first, second) = (sleeper_until(1), sleeper_until(2));
        let key = alarms.set(1, &first).unwrap();
        let putting_off = thread::spawn(move || alarms.put_off(key));
        let setting = second.clone();
        let setting = thread::spawn(move || alarms.set(2, &setting));
        advance(1);
        let was_put_off = putting_off.join().unwrap();
        let key = setting.join().unwrap();
        assert_eq!(first.woken(), usize::from(!was_put_off));
        assert_eq!(Arc::strong_count(&first), 1);
        advance(2);
        assert_rang(alarms, key, &second);
        assert!(!is_set() && alarms.are_free());
    });
}

/// The timer stays set for one that was put off; it goes off for nothing while another is set.
#[test]
fn a_timer_that_goes_off_for_nothing_is_set_for_the_next() {
    for next in [2, 4] {
        model(3, move || {
            let alarms = Model::new();
            let (first, second) = (Sleeper::new(), sleeper_until(next));
            let key = alarms.set(3, &first).unwrap();
            assert!(alarms.put_off(key) && is_set());
            let setting = second.clone();
            let setting = thread::spawn(move || alarms.set(next, &setting));
            advance(3);
            let key = setting.join().unwrap();
            advance(4);
            assert_rang(alarms, key, &second);
            assert_eq!(first.woken(), 0);
            assert!(!is_set() && alarms.are_free());
        });
    }
}

/// It is polled by another task while it rings: one of the two is woken, or it says that it has rung.
#[test]
fn who_polled_it_last_is_woken_or_told() {
    model(3, || {
        let alarms = Model::new();
        let (first, last) = (sleeper_until(1), sleeper_until(1));
        let key = alarms.set(1, &first).unwrap();
        let polling = last.clone();
        let polling = thread::spawn(move || alarms.rewire(key, &polling));
        advance(1);
        let is_told = polling.join().unwrap().unwrap();
        assert_eq!(
            (first.woken(), last.woken()),
            if is_told { (1, 0) } else { (0, 1) }
        );
        assert_eq!(alarms.rang(key), Some(true));
    });
}

/// What is woken sets the next one, at once, on the thread of the timer.
#[test]
fn a_waker_may_set_another_one() {
    model(3, || {
        let alarms = Model::new();
        let next = sleeper_until(2);
        let (setting, other) = (next.clone(), sleeper_until(2));
        let first = Sleeper::then(move || assert!(alarms.set(2, &setting).is_some()));
        assert!(alarms.set(1, &first).is_some());
        let setting = other.clone();
        let setting = thread::spawn(move || alarms.set(2, &setting));
        advance(1);
        let key = setting.join().unwrap();
        advance(2);
        assert_rang(alarms, key, &other);
        assert_eq!((first.woken(), next.woken()), (1, 1));
    });
}

/// The runtime ends while alarms are set: who set one is told at once, or woken, and it has not rung.
#[test]
fn the_end_of_the_runtime_is_told_to_all() {
    model(3, || {
        let alarms = Model::new();
        let [first, second, third] = [(); 3].map(|()| Sleeper::new());
        let key = alarms.set(2, &first).unwrap();
        let setting = [(1, &second), (3, &third)].map(|(at, sleeper)| {
            let sleeper = Arc::clone(sleeper);
            thread::spawn(move || alarms.set(at, &sleeper))
        });
        end();
        let keys = setting.map(|setting| setting.join().unwrap());
        assert_eq!((first.woken(), alarms.rang(key)), (1, None));
        for (key, sleeper) in keys.into_iter().zip([second, third]) {
            if let Some(key) = key {
                assert_eq!((sleeper.woken(), alarms.rang(key)), (1, None));
            }
            assert_eq!(Arc::strong_count(&sleeper), 1);
        }
        assert!(!is_set() && alarms.are_free());
    });
}

/// The clock is paused while the timer is set: when that goes off all who wait are woken, and it is not set again.
#[test]
fn on_a_paused_clock_it_goes_off_once() {
    model(3, || {
        let alarms = Model::new();
        let [first, second] = [(); 2].map(|()| Sleeper::new());
        let early = alarms.set(1, &first);
        let setting = second.clone();
        let setting = thread::spawn(move || alarms.set(2, &setting));
        pause();
        advance(1);
        let late = setting.join().unwrap();
        if alarms.rang(late.unwrap()) == Some(false) {
            // It was set on the real clock, as far as it could know.
            advance(2);
            assert_rang(alarms, late, &second);
        } else {
            assert_eq!((second.woken(), alarms.rang(late.unwrap())), (1, None));
        }
        assert_eq!(first.woken(), 1);
        assert_ne!(alarms.rang(early.unwrap()), Some(false));
        assert!(!is_set() && alarms.are_free());
    });
}
