//! What the single-threaded loop does in corners: tasks that are woken, ended and dropped where one would not
//! expect it, and what is dropped at its end.
#![cfg(feature = "tokio")]

use asyncio::{
    ContextVar, Runner, Task, all_tasks, create_task, current_task, get_running_loop, sleep,
};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// It is in the queue then, and must not be forgotten there: its memory is another task's soon.
#[test]
fn an_eager_task_that_is_cancelled_in_its_first_poll_and_ends_in_there() {
    asyncio::run(async {
        let ended = Task::builder().eager().spawn_local(async {
            let outer = current_task().unwrap();
            let inner = Task::builder().eager().spawn_local(async move {
                outer.cancel();
            });
            inner.await.unwrap();
        });
        assert!(ended.done());
        drop(ended);
        let polls = Rc::new(Cell::new(0));
        let others: Vec<_> = (0..3)
            .map(|_| {
                let polls = Rc::clone(&polls);
                asyncio::create_local_task(poll_fn(move |_| {
                    polls.set(polls.get() + 1);
                    Poll::<()>::Pending
                }))
            })
            .collect();
        for _ in 0..3 {
            sleep(0).await;
        }
        assert_eq!(polls.get(), others.len()); // each was polled once, as nobody woke it
    });
}

/// Panics when it is dropped.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a bomb");
    }
}

/// A waker that panics.
struct Grenade;

impl Wake for Grenade {
    fn wake(self: Arc<Self>) {
        panic!("a grenade");
    }
}

#[test]
fn a_panic_that_ends_a_loop_drops_the_main_future_before_what_it_borrows_and_the_next_run_is_as_any()
 {
    struct Noted<'a>(&'a RefCell<Vec<&'static str>>, &'static str);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    static VALUE: ContextVar<Arc<()>> = ContextVar::new("value");
    let dropped = RefCell::new(Vec::new());
    let value = Arc::new(());
    let mut runner = Runner::new();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let lent = Noted(&dropped, "what it borrows");
        runner.run(async {
            let _inside = Noted(lent.0, "the main future");
            let value = Arc::clone(&value);
            let mut task = asyncio::create_task(async move {
                VALUE.set(value);
                sleep(0).await;
            });
            // It has its value by then.
            sleep(0).await;
            let waker = Waker::from(Arc::new(Grenade));
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            pending::<()>().await;
        });
    }));
    assert!(ended.is_err());
    assert_eq!(*dropped.borrow(), ["the main future", "what it borrows"]);
    let tasks = runner.run(async {
        sleep(0).await;
        all_tasks().len()
    });
    assert_eq!(tasks, 1);
    assert_eq!(
        Arc::strong_count(&value),
        1,
        "the task is gone, with its context"
    );
}

#[test]
fn a_panic_at_the_end_of_a_loop_leaves_nothing_to_the_next_one() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let called = Arc::new(AtomicUsize::new(0));
    let mut runner = Runner::new();
    let event_loop = runner.run(async { get_running_loop() });
    for _ in 0..2 {
        let bomb = Bomb(Arc::clone(&dropped));
        event_loop.call_soon(move || drop(bomb));
        let called = Arc::clone(&called);
        event_loop.call_soon(move || {
            called.fetch_add(1, Ordering::Relaxed);
        });
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(runner))).is_ok());
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
    // The next loops have what this one had.
    for _ in 0..3 {
        let run = || asyncio::run(async { sleep(0.001).await });
        thread::spawn(run)
            .join()
            .expect("it has nothing to panic of");
    }
    assert_eq!(called.load(Ordering::Relaxed), 0);
}

#[test]
fn tasks_of_a_loop_are_listed_in_the_order_in_which_they_were_made_whoever_made_them() {
    fn names() -> Vec<String> {
        let others = all_tasks().into_iter().skip(1); // the main task
        others.map(|task| task.name().to_string()).collect()
    }
    asyncio::run(async {
        let make = |name: &'static str| Task::builder().name(name).spawn(pending::<()>());
        let _first = make("first");
        #[expect(clippy::async_yields_async, reason = "what is made there is kept here")]
        let by_tokio = tokio::spawn(async move { make("by a task of Tokio's") });
        let _by_tokio = by_tokio.await.unwrap();
        let _third = make("third");
        let handle = get_running_loop();
        let by_a_thread = move || {
            let builder = Task::builder().name("by a thread");
            builder.spawn_on(&handle, pending::<()>())
        };
        let _by_a_thread = thread::spawn(by_a_thread).join().unwrap();
        sleep(0).await;
        let _fifth = make("fifth");
        let order = [
            "first",
            "by a task of Tokio's",
            "third",
            "by a thread",
            "fifth",
        ];
        assert_eq!(names(), order);
    });
}

#[test]
fn a_loop_numbers_its_tasks_one_after_the_other() {
    const TASKS: usize = 100;
    asyncio::run(async {
        let tasks: Vec<_> = (0..TASKS).map(|_| create_task(pending::<()>())).collect();
        let numbers = tasks
            .iter()
            .map(|task| task.id().to_string().parse::<u64>());
        let numbers: Vec<u64> = numbers.map(Result::unwrap).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next));
        // There are other loops in this process, which take some in between.
        let gaps = numbers.windows(2).filter(|pair| pair[0] + 1 != pair[1]);
        assert!(gaps.count() <= TASKS / 30, "{numbers:?}");
    });
}
