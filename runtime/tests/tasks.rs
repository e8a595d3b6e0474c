//! Tasks and their cancellation: CHECKLIST groups C and, as far as it is about gathers that are cancelled,
//! G. The times and values are those that CPython 3.13 gave.

mod common;

use asyncio::{
    CancelledError, Outcome, Task, all_tasks, create_local_task, create_task, current_task,
    finally, gather, set_exception_handler, sleep,
};
use common::{Log, ms};
use futures::FutureExt;
use std::cell::Cell;
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// On our own loop, with the virtual clock.
fn run<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

/// What CPython's probes call a worker: starts, sleeps, and takes `cleanup` to clean up when cancelled.
async fn worker(log: Log, name: &'static str, takes: u64, cleanup: u64) -> &'static str {
    log.add(&format!("{name} start"));
    let guard = finally({
        let log = log.clone();
        async move {
            log.add(&format!("{name} cancelled"));
            sleep(ms(cleanup)).await;
            log.add(&format!("{name} cleaned"));
        }
    });
    sleep(ms(takes)).await;
    guard.disarm();
    log.add(&format!("{name} done"));
    name
}

macro_rules! on_virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => { $(
        $(#[$meta])*
        #[test]
        fn $name() {
            run(async $body)
        }
    )* };
}

on_virtual_time! {

/// B-058.
async fn one_that_is_cancelled_before_it_ran_never_runs() {
    let ran = Arc::new(AtomicBool::new(false));
    let task = create_task({
        let ran = ran.clone();
        async move { ran.store(true, Ordering::SeqCst) }
    });
    assert!(task.cancel());
    let handle = task.handle();
    assert_eq!(task.await, Err(CancelledError::new()));
    assert!(handle.cancelled() && !ran.load(Ordering::SeqCst));
}

/// B-059, B-060: and the cleanup may take its time.
async fn one_that_is_cancelled_cleans_up_before_it_is_done() {
    let log = Log::new();
    let task = create_task(worker(log.clone(), "a", 10_000, 3));
    let handle = task.handle();
    sleep(ms(1)).await;
    assert!(task.cancel());
    assert!(!handle.done() && !handle.cancelled());
    assert!(task.await.is_err());
    assert!(handle.done() && handle.cancelled());
    assert_eq!(log.all(), ["a start@0", "a cancelled@1", "a cleaned@4"]);
}

/// B-061, B-062 deviate: nobody can refuse. What must go on is a task of its own.
async fn a_cancellation_cannot_be_refused() {
    let kept = Arc::new(AtomicBool::new(false));
    let task = create_task({
        let kept = kept.clone();
        async move {
            let _goes_on = create_task(async move {
                sleep(ms(5)).await;
                kept.store(true, Ordering::SeqCst);
            });
            pending::<()>().await;
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    sleep(ms(10)).await;
    assert!(kept.load(Ordering::SeqCst));
}

/// B-064, B-068.
async fn two_cancels_before_it_runs_again_are_one_and_the_first_message_counts() {
    let log = Log::new();
    let task = create_task(worker(log.clone(), "a", 10_000, 3));
    sleep(ms(1)).await;
    assert!(task.cancel_with("first"));
    assert!(task.cancel_with("second"));
    assert_eq!(task.await.unwrap_err().message(), Some("first"));
    assert_eq!(log.all().last().unwrap(), "a cleaned@4");
}

/// B-065.
async fn a_second_cancel_interrupts_the_cleanup() {
    let log = Log::new();
    let task = create_task(worker(log.clone(), "a", 10_000, 3));
    sleep(ms(1)).await;
    task.cancel();
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    log.add("end");
    assert_eq!(log.all(), ["a start@0", "a cancelled@1", "end@2"]);
}

/// B-066.
async fn to_cancel_what_is_done_has_no_effect() {
    let mut task = create_task(async { 1 });
    sleep(ms(1)).await;
    assert!(!task.cancel() && !task.canceller().cancel() && !task.handle().cancel());
    assert!(task.done() && !task.cancelled());
    assert_eq!((&mut task).await, Ok(1));
}

/// B-067.
async fn the_message_reaches_whoever_awaits() {
    let task = create_task(pending::<()>());
    sleep(ms(1)).await;
    task.cancel_with("why");
    let error = task.await.unwrap_err();
    assert_eq!((error.message(), error.to_string().contains("why")), (Some("why"), true));
    let task = create_task(pending::<()>());
    task.cancel();
    assert_eq!(task.await.unwrap_err().message(), None);
}

/// B-070.
async fn one_that_only_yields_is_cancelled_at_its_next_step() {
    let steps = Arc::new(AtomicUsize::new(0));
    let task = create_task({
        let steps = steps.clone();
        async move {
            loop {
                steps.fetch_add(1, Ordering::SeqCst);
                sleep(0).await;
            }
        }
    });
    sleep(0).await;
    let before = steps.load(Ordering::SeqCst);
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(steps.load(Ordering::SeqCst), before);
}

/// B-071.
async fn one_that_cancels_itself_ends_at_its_next_suspension() {
    let log = Log::new();
    let inner = log.clone();
    let task: Task<()> = create_task(async move {
        current_task().unwrap().cancel();
        inner.add("still runs");
        sleep(ms(100)).await;
        inner.add("never");
    });
    assert!(task.await.is_err());
    log.add("end");
    assert_eq!(log.all(), ["still runs@0", "end@0"]);
}

/// B-072 deviates: the value of a body that came to its end stands.
async fn one_that_cancels_itself_and_returns_keeps_its_value() {
    let task = create_task(async {
        current_task().unwrap().cancel();
        7
    });
    assert_eq!(task.await, Ok(7));
}

/// B-073, B-086: not where nothing suspends.
async fn a_cancel_takes_no_effect_where_nothing_suspends() {
    let log = Log::new();
    let inner = log.clone();
    let task: Task<()> = create_task(async move {
        current_task().unwrap().cancel();
        for i in 0..3 {
            std::future::ready(()).await;
            inner.add(&i.to_string());
        }
        pending::<()>().await;
    });
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["0@0", "1@0", "2@0"]);
}

/// B-074, B-085 deviate: who awaits a task does not own it. `gather!` of futures, or a task group, does.
async fn to_cancel_who_awaits_does_not_cancel_what_is_awaited() {
    let log = Log::new();
    let inner = create_task(worker(log.clone(), "inner", 10, 0));
    let outer = create_task(async move { inner.await.unwrap() });
    sleep(ms(1)).await;
    outer.cancel();
    assert!(outer.await.is_err());
    log.add("outer");
    sleep(ms(100)).await;
    assert_eq!(log.all(), ["inner start@0", "outer@1", "inner done@10"]);
}

/// B-077, B-079: it is a value, and does not spread by itself.
async fn who_awaits_a_cancelled_task_is_told_so() {
    let inner = create_task(pending::<()>());
    let canceller = inner.canceller();
    let outer = create_task(inner);
    sleep(ms(1)).await;
    canceller.cancel();
    let handle = outer.handle();
    assert_eq!(outer.await, Ok(Err(CancelledError::new())));
    assert!(!handle.cancelled());
}

/// B-080.
async fn a_value_that_was_not_taken_yet_is_lost_with_who_waits_for_it() {
    let (tx, rx) = tokio::sync::oneshot::channel();
    let task = create_task(rx);
    sleep(ms(1)).await;
    tx.send(7).unwrap();
    task.cancel();
    assert!(task.await.is_err());
}

/// B-103 deviates: whoever awaits is done when all branches have cleaned up, not the first.
async fn a_gather_that_is_cancelled_waits_for_the_cleanup_of_all_branches() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let fast = worker(log.clone(), "fast", 10_000, 0);
            let slow = worker(log.clone(), "slow", 10_000, 3);
            gather!(fast, slow).await
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    log.add("outer");
    assert_eq!(
        log.all(),
        [
            "fast start@0", "slow start@0", "fast cancelled@1", "slow cancelled@1",
            "fast cleaned@1", "slow cleaned@4", "outer@4"
        ]
    );
}

/// B-095, B-096 deviate: the siblings of one that fails are cancelled, and cleaned up first.
async fn a_gather_that_fails_cleans_up_before_it_gives_the_error() {
    let log = Log::new();
    let fails = async {
        sleep(ms(1)).await;
        Err::<(), _>("a")
    };
    let sibling = async { Ok(worker(log.clone(), "b", 10_000, 3).await) };
    assert_eq!(gather!(fails, sibling).await.unwrap_err(), "a");
    log.add("outer");
    assert_eq!(log.all(), ["b start@0", "b cancelled@1", "b cleaned@4", "outer@4"]);
}

/// B-110.
async fn nested_gathers_are_cancelled_to_the_leaves() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let leaf = |name| worker(log.clone(), name, 10_000, 0);
            gather!(async { gather!(leaf("a"), leaf("b")).await }, leaf("c")).await
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    let all = log.all();
    assert_eq!(all[3..6], ["a cancelled@1", "b cancelled@1", "c cancelled@1"]);
}

async fn a_task_that_is_dropped_runs_on() {
    let log = Log::new();
    drop(create_task(worker(log.clone(), "a", 5, 0)));
    sleep(ms(10)).await;
    assert_eq!(log.all(), ["a start@0", "a done@5"]);
}

async fn tasks_start_in_order_after_their_maker_suspends() {
    let log = Log::new();
    let tasks = ["a", "b", "c"].map(|name| create_task(worker(log.clone(), name, 1, 0)));
    log.add("made");
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(log.all()[..4], ["made@0", "a start@0", "b start@0", "c start@0"]);
}

async fn tasks_have_names() {
    let automatic = create_task(async {});
    let id = automatic.id();
    assert_eq!(&*automatic.name(), format!("Task-{id}"));
    let named = Task::builder().name("x").spawn(async { current_task().unwrap().name() });
    assert_eq!(&*named.name(), "x");
    named.set_name("y");
    assert_eq!(&*named.name(), "y");
    assert_eq!(&*named.await.unwrap(), "y");
}

/// B-055, B-056.
async fn an_eager_task_runs_up_to_its_first_suspension_at_once() {
    let log = Log::new();
    let done = Task::builder().eager().spawn({
        let log = log.clone();
        async move { log.add("inside") }
    });
    log.add("outside");
    assert!(done.done() && !done.cancel());
    let suspended = Task::builder().eager().spawn(worker(log.clone(), "a", 2, 0));
    log.add("outside again");
    suspended.await.unwrap();
    done.await.unwrap();
    assert_eq!(
        log.all(),
        ["inside@0", "outside@0", "a start@0", "outside again@0", "a done@2"]
    );
}

async fn an_eager_task_is_the_current_one_while_it_runs() {
    let maker = current_task().unwrap().id();
    let task = Task::builder().eager().spawn(async { current_task().unwrap().id() });
    assert_eq!(current_task().unwrap().id(), maker);
    let id = task.id();
    assert_eq!(task.await, Ok(id));
}

async fn done_callbacks_are_called_once_in_order_and_after_the_end_soon() {
    let log = Log::new();
    let task = create_task(sleep(ms(5)));
    for name in ["first", "second"] {
        let log = log.clone();
        task.add_done_callback(move |task| {
            assert!(task.done());
            log.add(name);
        });
    }
    let handle = task.handle();
    task.await.unwrap();
    let late = log.clone();
    handle.add_done_callback(move |_| late.add("late"));
    log.add("not inside of the call");
    sleep(0).await;
    assert_eq!(log.all(), ["first@5", "second@5", "not inside of the call@5", "late@5"]);
}

async fn all_tasks_are_those_that_have_not_ended_oldest_first() {
    let main = current_task().unwrap();
    let a = create_task(pending::<()>());
    let b = create_task(async {});
    let c = create_local_task(pending::<()>());
    let ids = |tasks: Vec<asyncio::TaskHandle>| tasks.iter().map(asyncio::TaskHandle::id).collect::<Vec<_>>();
    assert_eq!(ids(all_tasks()), [main.id(), a.id(), b.id(), c.id()]);
    b.await.unwrap();
    assert_eq!(ids(all_tasks()), [main.id(), a.id(), c.id()]);
    a.cancel();
    c.cancel();
    let _ = (a.await, c.await);
    assert_eq!(ids(all_tasks()), [main.id()]);
}

async fn local_tasks_need_not_be_send() {
    let count = Rc::new(Cell::new(0));
    let tasks: Vec<_> = (0..3)
        .map(|i| {
            let count = count.clone();
            create_local_task(async move {
                sleep(ms(i)).await;
                count.set(count.get() + 1);
                count
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((count.get(), Rc::strong_count(&count)), (3, 1));
}

async fn the_outcome_says_how_it_ended_and_never_panics() {
    let ended = create_task(async { 1 }).outcome().await;
    assert!(matches!(ended, Outcome::Returned(1)));
    let cancelled = create_task(pending::<()>());
    cancelled.cancel();
    assert!(cancelled.outcome().await.is_cancelled());
    let panics = create_task(async { assert!(all_tasks().is_empty(), "on purpose") });
    assert!(panics.outcome().await.is_panicked());
}

/// B-045, in what can be told from outside.
async fn a_foreign_task_is_not_a_task_of_ours() {
    assert!(current_task().is_some());
    assert!(tokio::spawn(async { current_task().is_none() }).await.unwrap());
}

}

#[test]
#[should_panic(expected = "the panic of the task")]
fn a_panic_resumes_in_whoever_awaits() {
    run(async {
        let task = create_task(async { panic!("the panic of the task") });
        let never: Result<(), CancelledError> = task.await;
        never.unwrap();
    });
}

#[test]
#[should_panic(expected = "no running event loop: create tasks inside of `asyncio::run`")]
fn there_is_no_task_without_a_runtime() {
    drop(create_task(async {}));
}

#[test]
#[should_panic(expected = "no running event loop")]
fn there_are_no_tasks_without_a_runtime() {
    drop(all_tasks());
}

#[test]
#[should_panic(expected = "task polled after it gave its outcome")]
fn a_task_gives_its_value_once() {
    run(async {
        let mut task = create_task(async {});
        (&mut task).await.unwrap();
        (&mut task).await.unwrap();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_run_on_any_runtime() {
    let threads: Vec<_> = (0..4)
        .map(|i| create_task(async move { (i, current_task().is_some()) }))
        .collect();
    for (i, task) in threads.into_iter().enumerate() {
        assert_eq!(task.await, Ok((i, true)));
    }
}

#[tokio::test(start_paused = true)]
async fn local_tasks_run_in_a_local_set() {
    let set = tokio::task::LocalSet::new();
    let value = set.run_until(async {
        let rc = Rc::new(7);
        create_local_task(async move { *rc }).await
    });
    assert_eq!(value.await, Ok(7));
}

/// The exception handler is the process's: one test at a time has it.
fn with_reports(test: impl FnOnce()) -> Vec<String> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = reports.clone();
    set_exception_handler(Some(Box::new(move |context| {
        sink.lock().unwrap().push(context.to_string());
    })));
    test();
    set_exception_handler(None);
    let reports = reports.lock().unwrap();
    let ours = reports.iter().filter(|line| line.contains("unretrieved"));
    ours.cloned().collect()
}

#[test]
fn failures_that_nobody_retrieves_are_reported_with_name_and_place() {
    let line = line!() + 5;
    let reports = with_reports(|| {
        run(async {
            let fails = async { Err::<(), _>(std::fmt::Error) };
            let unretrieved = |name| Task::builder().name(format!("unretrieved {name}"));
            drop(unretrieved("early").spawn(fails)); // before it ended
            let panics = async { assert!(current_task().is_none(), "on purpose") };
            let late = unretrieved("late").spawn(panics);
            sleep(ms(1)).await;
            drop(late); // after
            drop(unretrieved("cancelled").spawn(async {})); // neither is a failure
            drop(unretrieved("fine").spawn(async { Ok::<_, ()>(1) }));
            let awaited = unretrieved("awaited").spawn(async { Err::<(), _>(1) });
            assert_eq!(awaited.await, Ok(Err(1)));
        });
    });
    let at = format!("spawned at {}:{line}:", file!());
    let early = format!("Task exception was never retrieved: task `unretrieved early`, {at}");
    assert!(reports[0].starts_with(&early), "{reports:?}");
    assert!(
        reports[0].ends_with("returned an `Err(core::fmt::Error)`"),
        "{reports:?}"
    );
    assert!(
        reports[1].contains("task `unretrieved late`, spawned at"),
        "{reports:?}"
    );
    assert!(reports[1].ends_with("panicked: on purpose"), "{reports:?}");
    assert_eq!(reports.len(), 2, "{reports:?}");
}

#[test]
fn to_look_at_the_exception_is_to_retrieve_it() {
    let reports = with_reports(|| {
        run(async {
            let unretrieved = Task::builder().name("unretrieved but looked at");
            let mut failed = unretrieved.spawn(async { Err::<u32, _>("no") });
            let not_set = failed.exception().unwrap_err().to_string();
            assert_eq!(not_set, "the exception is not set");
            let not_set = failed.result().unwrap_err().to_string();
            assert_eq!(not_set, "the result is not set");
            sleep(0).await;
            assert_eq!(failed.exception(), Ok(Ok(Some("no"))));
            drop(failed);

            let mut fine = create_task(async { Ok::<_, &str>(1) });
            sleep(0).await;
            assert_eq!(fine.exception(), Ok(Ok(None)));
            assert_eq!(fine.result(), Ok(Ok(Ok(1))));
            let taken = fine.result().unwrap_err().to_string();
            assert_eq!(taken, "the result was taken");

            let mut cancelled = create_task(pending::<Result<u32, &str>>());
            cancelled.cancel_with("why");
            sleep(0).await;
            let error = CancelledError::with_message("why");
            assert_eq!(cancelled.result(), Ok(Err(error.clone())));
            assert_eq!(cancelled.exception(), Ok(Err(error.clone())));
            assert_eq!(cancelled.await, Err(error));
        });
    });
    assert_eq!(reports, Vec::<String>::new());
}

/// B-038: it would wait forever.
#[test]
fn a_task_that_awaits_itself_panics() {
    run(async {
        let (setter, itself) = asyncio::create_future::<Task<()>>();
        let panics = async move {
            let panics = AssertUnwindSafe(itself.await.unwrap()).catch_unwind();
            let payload = panics.await.unwrap_err();
            *payload.downcast::<&str>().unwrap()
        };
        let (told, text) = asyncio::create_future();
        let task = create_task(async move { told.set_result(panics.await).unwrap() });
        setter.set_result(task).unwrap();
        assert_eq!(text.await, Ok("a task awaits itself"));
    });
}

#[test]
fn requests_to_cancel_are_counted() {
    run(async {
        let task = create_task(pending::<()>());
        sleep(0).await;
        assert_eq!(task.cancelling(), 0);
        assert!(task.cancel() && task.handle().cancel());
        assert_eq!(task.cancelling(), 2);
        sleep(0).await;
        assert!(!task.cancel());
        assert_eq!(task.handle().cancelling(), 2);
    });
}

#[test]
fn a_callback_that_is_removed_does_not_run() {
    run(async {
        let log = Log::new();
        let task = create_task(async {});
        let [first, second] = ["first", "second"].map(|name| {
            let log = log.clone();
            task.add_done_callback(move |_| log.add(name))
        });
        assert!(task.remove_done_callback(first));
        assert!(!task.handle().remove_done_callback(first));
        sleep(0).await;
        assert!(!task.remove_done_callback(second), "it was called");
        assert_eq!(log.all(), ["second@0"]);
    });
}

#[test]
fn a_callback_that_panics_is_reported() {
    let reports = with_reports(|| {
        run(async {
            let task = Task::builder().name("unretrieved callback").spawn(async {});
            task.add_done_callback(|task| assert!(!task.done(), "on purpose"));
            let second = Arc::new(AtomicBool::new(false));
            let called = second.clone();
            task.add_done_callback(move |_| called.store(true, Ordering::SeqCst));
            task.await.unwrap();
            assert!(second.load(Ordering::SeqCst), "the next one is called");
        });
    });
    assert!(
        reports[0].starts_with("Exception in callback: "),
        "{reports:?}"
    );
    assert_eq!(reports.len(), 1);
}

/// Everybody cancels and awaits at random: nothing hangs, nothing leaks.
#[test]
fn a_hundred_thousand_tasks_that_are_cancelled_at_random() {
    static LIVE: AtomicUsize = AtomicUsize::new(0);
    static CLEANED: AtomicUsize = AtomicUsize::new(0);
    struct Live;
    impl Live {
        fn new() -> Self {
            LIVE.fetch_add(1, Ordering::SeqCst);
            Live
        }
    }
    impl Drop for Live {
        fn drop(&mut self) {
            LIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    const TASKS: usize = 100_000;
    const AT_ONCE: usize = 1000;
    asyncio::Runner::new()
        .multi_thread()
        .worker_threads(4)
        .run(async {
            let (mut returned, mut cancelled) = (0, 0);
            for round in 0..TASKS / AT_ONCE {
                let tasks: Vec<_> = (0..AT_ONCE)
                    .map(|i| {
                        create_task(async move {
                            let live = Live::new();
                            let _guard = finally(async move {
                                tokio::task::yield_now().await;
                                CLEANED.fetch_add(1, Ordering::SeqCst);
                                drop(live);
                            });
                            for _ in 0..(i * 7 + round) % 9 {
                                tokio::task::yield_now().await;
                            }
                            i
                        })
                    })
                    .collect();
                let cancellers: Vec<_> = tasks.iter().map(Task::canceller).collect();
                let canceller = std::thread::spawn(move || {
                    for (i, canceller) in cancellers.into_iter().enumerate() {
                        if (i ^ round) % 3 == 0 {
                            canceller.cancel();
                        }
                    }
                });
                for (i, task) in tasks.into_iter().enumerate() {
                    match task.await {
                        Ok(value) => {
                            assert_eq!(value, i);
                            returned += 1;
                        }
                        Err(_) => cancelled += 1,
                    }
                }
                canceller.join().unwrap();
            }
            assert_eq!(returned + cancelled, TASKS);
            assert!(returned > TASKS / 2, "{returned}");
            assert_eq!(all_tasks().len(), 1);
        });
    assert_eq!(LIVE.load(Ordering::SeqCst), 0);
    assert!(CLEANED.load(Ordering::SeqCst) > TASKS / 2);
}

/// It is not ahead of what the task made ready before it suspends.
#[asyncio::test]
async fn a_task_that_cancels_itself_has_its_turn_after_what_is_ready() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let in_task = Arc::clone(&log);
    let task = create_task(async move {
        let in_cleanup = Arc::clone(&in_task);
        let _guard = finally(async move { in_cleanup.lock().unwrap().push("cleanup") });
        current_task().unwrap().cancel();
        create_task(async move { in_task.lock().unwrap().push("child") });
        sleep(60).await;
    });
    assert!(task.await.is_err());
    assert_eq!(*log.lock().unwrap(), ["child", "cleanup"]);
}

/// `sleep(0)` lets others run in the cleanup of a task, too.
#[asyncio::test]
async fn a_cleanup_that_yields_lets_others_run_each_time() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let yields = |name: &'static str| {
        let log = Arc::clone(&log);
        async move {
            for _ in 0..4 {
                log.lock().unwrap().push(name);
                sleep(0).await;
            }
        }
    };
    let in_cleanup = yields("cleanup");
    let task = create_task(async move {
        let _guard = finally(in_cleanup);
        sleep(60).await;
    });
    sleep(0).await;
    task.cancel();
    let other = create_task(yields("other"));
    assert!(task.await.is_err() && other.await.is_ok());
    assert_eq!(*log.lock().unwrap(), ["cleanup", "other"].repeat(4));
}
