//! What a loop shares with its tasks' wakers and with other threads, model-checked: every interleaving of these
//! small programs. `RUSTFLAGS="--cfg loom" cargo test -p asyncio --release --no-default-features --test loom_home`
//!
//! The home, its line and its mailbox are those of the crate. Tasks are models: they count their references as
//! cells do, and see to it that the parts of them that are for the thread of the loop are touched there only.
#![cfg(loom)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the sources are compiled here a second time, against loom"
)]

#[path = "../src/events/home/mod.rs"]
mod home;
#[path = "../src/events/line.rs"]
mod line;
#[path = "../src/events/mailbox.rs"]
mod mailbox;

mod sync {
    pub(crate) use loom::cell::{Cell, UnsafeCell};
    pub(crate) use loom::sync::atomic::AtomicUsize;
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    macro_rules! per_thread {
        ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block;) => {
            loom::thread_local! {
                $(#[$attribute])*
                $visibility static $name: $type = $value;
            }
        };
    }
    macro_rules! global {
        (static $name:ident: $type:ty = $value:expr;) => {
            loom::lazy_static! {
                static ref $name: $type = $value;
            }
        };
    }
    pub(crate) use {global, per_thread as thread_local};
}

mod alarms {
    use crate::home::Home;
    use std::task::Waker;

    pub(crate) type Key = u32;

    /// There are none in these models.
    pub(crate) struct Alarms;

    impl Alarms {
        pub(crate) fn new() -> Self {
            Alarms
        }

        pub(crate) fn remove(&self, _: Key) -> Option<Waker> {
            None
        }

        pub(crate) fn settle(&self, _: &'static Home) -> bool {
            false
        }

        pub(crate) fn first(&self) -> Option<tokio::time::Instant> {
            None
        }

        pub(crate) fn clear(&self, _: &'static Home) {}
    }

    pub(crate) struct Known;

    impl Known {
        pub(crate) fn new() -> Self {
            Known
        }

        pub(crate) fn forget(&self, _: Key) {}
    }
}

mod callback {
    use std::panic::Location;
    use std::sync::{Arc, Mutex};

    type Function = Box<dyn FnOnce() + Send>;

    pub(crate) struct Callback(Mutex<Option<Function>>);

    impl Callback {
        pub(crate) fn new(
            function: impl FnOnce() + Send + 'static,
            _: &'static Location<'static>,
        ) -> Arc<Self> {
            Arc::new(Callback(Mutex::new(Some(Box::new(function)))))
        }

        pub(crate) fn run(&self) {
            let function = self.0.lock().unwrap().take();
            function.expect("it is called once")();
        }
    }
}

mod scope {
    pub(crate) mod report {
        pub(crate) fn catch(_: &str, f: impl FnOnce()) {
            f();
        }
    }
}

#[path = "support/loom_tasks.rs"]
mod tasks;

use callback::Callback;
use home::{Here, LoopRef, Owned, Step};
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use tasks::{Header, TaskRef, polling};

/// As the loop of the crate, without what is for Tokio, time and introspection.
struct Loop {
    owned: Owned,
}

impl Loop {
    fn new() -> Self {
        // There is no other way to make an `Id`.
        static ID: LazyLock<tokio::runtime::Id> = LazyLock::new(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.unwrap().handle().id()
        });
        Loop {
            owned: Owned::new(*ID),
        }
    }

    /// On its thread, inside of a turn.
    fn inside<R>(&self, f: impl FnOnce(Here) -> R) -> R {
        let _owning = self.owned.own();
        let _at_work = self.owned.work(None);
        f(Here::find().expect("it is at work here"))
    }

    fn handle(&self) -> LoopRef {
        self.inside(Here::handle)
    }

    /// A task that ends when `body` gives true. Its waker.
    fn spawn(&self, body: impl FnMut(&Waker) -> bool + 'static) -> Waker {
        self.spawn_task(body).waker()
    }

    fn spawn_task(&self, body: impl FnMut(&Waker) -> bool + 'static) -> TaskRef {
        self.inside(|here| here.spawn(|| Header, |_| body))
    }

    /// Runs what is there, and what comes, until that is done.
    fn run_until(&self, is_done: impl Fn() -> bool) {
        let _owning = self.owned.own();
        block_on(poll_fn(|cx| self.turn(cx, &is_done)));
    }

    /// Runs what is there.
    fn run(&self) {
        let _owning = self.owned.own();
        let _ = self.turn(&mut Context::from_waker(Waker::noop()), &|| false);
    }

    fn turn(&self, cx: &mut Context<'_>, is_done: &dyn Fn() -> bool) -> Poll<()> {
        let _at_work = self.owned.work(Some(cx.waker()));
        while !is_done() {
            match self.owned.next() {
                None if self.owned.refill() => {}
                None => return Poll::Pending,
                Some(Step::Call(callback)) => callback.run(),
                Some(Step::Poll(task)) => {
                    // What stands for the driver has nothing to poll.
                    self.owned
                        .unqueue(task, polling::poll, polling::poll_specially);
                }
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _owning = self.owned.own();
        let _at_work = self.owned.work(None);
        while let Some(task) = self.owned.tasks().last() {
            self.owned.abandon(&task);
        }
        loop {
            match self.owned.next() {
                None if self.owned.refill() => {}
                None => break,
                Some(Step::Call(callback)) => drop(callback),
                Some(Step::Poll(task)) => self.owned.unqueue(task, |_| false, |_| false),
            }
        }
    }
}

fn model(preemptions: usize, program: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(program);
}

fn counter() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

fn get(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::Relaxed)
}

/// What is done before a wake-up is seen by the poll that follows, and there is one.
#[test]
fn a_wake_up_from_elsewhere_reaches_a_loop_that_is_about_to_wait() {
    model(3, || {
        let event_loop = Loop::new();
        let (written, seen) = (counter(), counter());
        let (here, there) = (seen.clone(), written.clone());
        let waker = event_loop.spawn(move |_| {
            here.store(get(&written), Ordering::Relaxed);
            get(&here) == 1
        });
        let other = thread::spawn(move || {
            there.store(1, Ordering::Relaxed);
            waker.wake();
        });
        event_loop.run_until(|| get(&seen) == 1);
        other.join().unwrap();
    });
}

/// Two from elsewhere, and one by itself: it is polled once for each at most, and sees the last.
#[test]
fn a_task_that_is_woken_again_and_again_is_in_the_line_once() {
    model(2, || {
        let event_loop = Loop::new();
        let (written, seen, polls) = (counter(), counter(), counter());
        let (here, there, counted) = (seen.clone(), written.clone(), polls.clone());
        let waker = event_loop.spawn(move |waker| {
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                waker.wake_by_ref();
                waker.wake_by_ref();
            }
            here.store(get(&written), Ordering::Relaxed);
            get(&here) == 2
        });
        let others = [waker.clone(), waker].map(|waker| {
            let written = there.clone();
            thread::spawn(move || {
                written.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            })
        });
        event_loop.run_until(|| get(&seen) == 2);
        for other in others {
            other.join().unwrap();
        }
        assert!((1..=4).contains(&get(&polls)));
    });
}

/// It is polled, or in the line, or neither, and is woken by others as well: the loop learns of the request, and looks for it.
#[test]
fn a_request_from_elsewhere_makes_the_next_turn_special() {
    model(2, || {
        let event_loop = Loop::new();
        let polls = counter();
        let counted = polls.clone();
        let task = event_loop.spawn_task(move |waker| {
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                waker.wake_by_ref();
            }
            false // it ends by the request alone
        });
        let waker = task.waker();
        let woken = thread::spawn(move || waker.wake());
        let asked = task.clone();
        let asks = thread::spawn(move || asked.cancel());
        event_loop.run_until(|| !task.standing().lives());
        woken.join().unwrap();
        asks.join().unwrap();
        assert!(get(&polls) <= 4);
    });
}

/// The task ends, the loop ends, and its wakers are used all the while: nothing is polled, and all is freed.
#[test]
fn wakers_outlive_the_task_and_the_loop() {
    model(2, || {
        let event_loop = Loop::new();
        let polls = counter();
        let counted = polls.clone();
        let waker = event_loop.spawn(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        });
        let others = [waker.clone(), waker].map(|waker| {
            thread::spawn(move || {
                waker.wake_by_ref();
                drop(waker);
            })
        });
        event_loop.run();
        drop(event_loop);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(get(&polls), 1);
    });
}

/// A loop ends with its thread while a task of it waits and is woken. Its home may go to a loop of another
/// thread, which runs its own task once, and never that one.
#[test]
fn the_next_loop_at_a_home_takes_nothing_over() {
    model(2, || {
        let (old_polls, new_polls) = (counter(), counter());
        let counted = old_polls.clone();
        let first = Loop::new();
        let waker = first.spawn(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        });
        let other = thread::spawn(move || waker.wake());
        let counted = new_polls.clone();
        let next = thread::spawn(move || {
            let event_loop = Loop::new();
            let counted_too = counted.clone();
            let waker = event_loop.spawn(move |_| {
                counted_too.fetch_add(1, Ordering::Relaxed);
                true
            });
            event_loop.run_until(|| get(&counted) == 1);
            waker.wake();
        });
        drop(first);
        other.join().unwrap();
        next.join().unwrap();
        assert_eq!((get(&old_polls), get(&new_polls)), (0, 1));
    });
}

/// A callback comes to the loop that it is for, or is dropped or refused; the next loop at that home does not
/// call it.
#[test]
fn a_callback_for_a_loop_that_ends_is_never_called_by_the_next() {
    model(3, || {
        let first = Loop::new();
        let handle = first.handle();
        let calls = counter();
        let called = calls.clone();
        let other = thread::spawn(move || {
            let count = move || {
                called.fetch_add(1, Ordering::Relaxed);
            };
            handle.call(Callback::new(count, Location::caller()))
        });
        first.run();
        let before = get(&calls);
        drop(first);
        let next = Loop::new();
        next.run();
        assert!(handle.is_closed() && !next.handle().is_closed());
        let taken = other.join().unwrap();
        assert_eq!(get(&calls), before);
        assert!(taken || before == 0);
    });
}

/// What is put into the line after mail has come is behind that, also while the line grows; all is done once.
#[test]
fn mail_comes_before_what_is_pushed_after_it() {
    model(2, || {
        let event_loop = Loop::new();
        let handle = event_loop.handle();
        let done = Arc::new(loom::sync::Mutex::new(Vec::new()));
        let note = move |number: usize| {
            let done = done.clone();
            let place = Location::caller();
            (
                done.clone(),
                Callback::new(move || done.lock().unwrap().push(number), place),
            )
        };
        let sent = counter();
        let (sending, mail) = (sent.clone(), [10, 11].map(|number| note(number).1));
        let other = thread::spawn(move || {
            for callback in mail {
                assert!(handle.call(callback));
                sending.fetch_add(1, Ordering::Release);
            }
        });
        let (mut seen, mut done) = (Vec::new(), None);
        for number in 0..4 {
            seen.push(sent.load(Ordering::Acquire));
            let (all, callback) = note(number);
            event_loop.inside(|here| assert!(here.handle().call(callback)));
            done = Some(all);
        }
        other.join().unwrap();
        event_loop.run();
        let done = done.unwrap().lock().unwrap().clone();
        let place = |number| done.iter().position(|done| *done == number).unwrap();
        assert_eq!(done.len(), 6);
        assert!((0..3).all(|number| place(number) < place(number + 1)) && place(10) < place(11));
        for (number, seen) in seen.into_iter().enumerate() {
            assert!((0..seen).all(|mail| place(10 + mail) < place(number)));
        }
    });
}

/// What stands for the future that the loop was started with is woken when that is not run any more, and after its end.
#[test]
fn the_driver_is_woken_while_it_ends() {
    model(3, || {
        let event_loop = Loop::new();
        let driver = event_loop.owned.driver();
        let waker = driver.task().waker();
        let other = thread::spawn(move || {
            waker.wake_by_ref();
            waker.wake();
        });
        event_loop.inside(|_| driver.task().wake());
        event_loop.inside(|_| drop(driver));
        event_loop.run();
        drop(event_loop);
        other.join().unwrap();
    });
}

/// The main task is polled in place, then by the loop; what it borrows goes right after it, whoever wakes it, be it done
/// by then or not.
#[test]
fn the_main_task_has_ended_before_what_it_borrows_is_gone() {
    for polls in [1, 2, usize::MAX] {
        model(2, move || {
            let event_loop = Loop::new();
            let polled = loom::cell::Cell::new(0);
            let body = |_: &Waker| {
                polled.set(polled.get() + 1);
                polled.get() == polls
            };
            // SAFETY: it is dropped below, before `polled`.
            let mut main = event_loop.inside(|here| unsafe { here.add_main(|| Header, |_| body) });
            let waker = main.task().waker();
            let other = thread::spawn(move || {
                waker.wake_by_ref();
                waker.wake();
            });
            let ended = event_loop.inside(|_| main.has_ended(polling::poll));
            assert_eq!(ended, polls == 1);
            event_loop.run();
            let ended = event_loop.inside(|_| main.has_ended(polling::poll));
            event_loop.inside(|_| drop(main));
            let last = polled.replace(0);
            assert_eq!(ended, last == polls);
            event_loop.run();
            drop(event_loop);
            other.join().unwrap();
            assert_eq!(polled.get(), 0);
        });
    }
}

/// The last reference to a task goes on another thread than that of its loop.
#[test]
fn a_task_is_freed_by_whoever_forgets_it_last() {
    model(3, || {
        let event_loop = Loop::new();
        let task = event_loop.inside(|here| here.spawn(|| Header, |_| |_: &Waker| true));
        let kept: TaskRef = task.clone();
        let other = thread::spawn(move || {
            kept.waker().wake();
            drop(kept);
        });
        event_loop.run();
        event_loop.inside(|_| task.wake()); // as it has ended, it is nothing that the loop has to keep
        drop(task);
        drop(event_loop);
        other.join().unwrap();
    });
}
