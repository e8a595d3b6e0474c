//! Runners and the end of a run: CHECKLIST group R, but for signals, which are in `interrupts.rs`; and the
//! runner of tests.

mod common;

use asyncio::{
    CancelledError, Event, Lock, Runner, Task, create_local_task, create_task, current_task,
    finally, finally_local, gather, scope, sleep, with_local,
};
use common::{Log, ms, report};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn run_test<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

/// What a test that has to fail fails with.
fn failure<F: Future<Output = ()>>(real_time: bool, limit: Option<Duration>, test: F) -> String {
    let run = || asyncio::__private::run_test(real_time, limit, test);
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("the test has to fail");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

type Events = Arc<Mutex<Vec<&'static str>>>;

fn guard(events: &Events, takes: u64, what: &'static str) -> asyncio::Finally {
    let events = events.clone();
    finally(async move {
        sleep(ms(takes)).await;
        events.lock().unwrap().push(what);
    })
}

/// B-300.
#[test]
fn it_gives_the_value_or_the_panic() {
    assert_eq!(asyncio::run(async { 42 }), 42);
    assert_eq!(
        asyncio::run(std::future::ready(42)),
        42,
        "B-302: any future"
    );
    let panics = catch_unwind(|| asyncio::run(async { assert!(current_task().is_none()) }));
    assert!(panics.is_err());
}

/// It was in each of the futures around it, twice: a `gather!` of 130 branches overflowed the stack of a test.
#[test]
fn a_large_future_is_on_the_heap() {
    async fn large() -> usize {
        let buffer = [0_u8; 100_000];
        sleep(ms(1)).await;
        buffer.len()
    }
    let thread = std::thread::Builder::new().stack_size(1_500_000);
    let runs = thread.spawn(|| asyncio::run(large()) + run_test(large()));
    assert_eq!(runs.unwrap().join().unwrap(), 200_000);
}

/// B-301.
#[test]
#[should_panic(expected = "`run` cannot be called from a running event loop: `.await` the future")]
fn it_cannot_be_nested() {
    asyncio::run(async { asyncio::run(async {}) });
}

#[tokio::test]
#[should_panic(expected = "`run` cannot be called from a running event loop")]
async fn nor_in_a_runtime_of_tokio() {
    asyncio::run(async {});
}

#[test]
#[should_panic(expected = "the main task was cancelled")]
fn a_main_task_that_is_cancelled_has_no_value() {
    asyncio::run(async {
        current_task().unwrap().cancel();
        pending::<()>().await;
    });
}

#[test]
#[should_panic(expected = "`worker_threads` must be at least 1")]
fn no_threads_is_too_few() {
    let _ = Runner::new().worker_threads(0);
}

/// B-303, B-115: in both flavours, whatever main does.
#[test]
fn what_is_left_over_is_cancelled_and_cleaned_up() {
    for multi_thread in [false, true] {
        let events = Events::default();
        let mut runner = Runner::new();
        if multi_thread {
            runner = runner.multi_thread().worker_threads(2);
        }
        let value = runner.run(async {
            let left = events.clone();
            drop(create_task(async move {
                let _outer = guard(&left, 1, "outer");
                let _inner = guard(&left, 10, "inner");
                pending::<()>().await;
            }));
            sleep(ms(5)).await;
            "value"
        });
        assert_eq!(value, "value");
        assert_eq!(*events.lock().unwrap(), ["inner", "outer"]);
    }
}

/// B-306 deviates: those that are made meanwhile are cancelled as well.
#[test]
fn what_is_made_during_the_shutdown_is_cleaned_up_too() {
    let events = Events::default();
    run_test(async {
        let left = events.clone();
        drop(create_task(async move {
            let _guard = finally(async move {
                drop(create_task(async move {
                    let _guard = guard(&left, 5, "late");
                    pending::<()>().await;
                }));
                sleep(0).await;
            });
            pending::<()>().await;
        }));
        sleep(ms(1)).await;
    });
    assert_eq!(*events.lock().unwrap(), ["late"]);
}

#[test]
fn cleanup_without_a_scope_is_awaited_too() {
    let events = Events::default();
    asyncio::run(async {
        let left = events.clone();
        let foreign = tokio::spawn(async move {
            let _guard = guard(&left, 5, "orphan");
            pending::<()>().await;
        });
        sleep(ms(1)).await;
        foreign.abort();
    });
    assert_eq!(*events.lock().unwrap(), ["orphan"]);
}

/// B-305 deviates: there is a limit.
#[test]
fn cleanup_that_hangs_is_stopped_and_reported() {
    let reports = report::capture();
    let started = Instant::now();
    Runner::new().grace(0.05).run(async {
        drop(create_task(async {
            let _outer = finally(async {});
            let _hangs = finally(pending());
            pending::<()>().await;
        }));
        sleep(ms(1)).await;
    });
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(reports.matching("did not end: its scope was stopped"), 1);
    assert_eq!(reports.matching("did not run: its scope was stopped"), 1);
    assert_eq!(reports.matching("runner.rs"), 2);
}

/// B-308.
#[test]
fn a_runner_can_be_used_again() {
    for mut runner in [
        Runner::new(),
        Runner::new().multi_thread().worker_threads(1),
    ] {
        for i in 0..3 {
            assert_eq!(
                runner.run(async move { create_task(async move { i }).await }),
                Ok(i)
            );
        }
        let panics = catch_unwind(AssertUnwindSafe(|| runner.run(async { panic!("once") })));
        assert!(panics.is_err());
        assert_eq!(runner.run(async { 7 }), 7, "also after a panic");
    }
}

/// Two loops on two threads have nothing to do with each other.
#[test]
fn runs_on_several_threads() {
    let threads: Vec<_> = (0..4)
        .map(|i| {
            std::thread::spawn(move || {
                asyncio::run(async move {
                    let task = create_task(async move {
                        sleep(ms(5)).await;
                        i
                    });
                    assert_eq!(asyncio::all_tasks().len(), 2);
                    task.await.unwrap()
                })
            })
        })
        .collect();
    for (i, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), i);
    }
}

struct Local(Rc<RefCell<Vec<String>>>);

impl asyncio::LocalAsyncExit for Local {
    async fn exit(self, how: asyncio::Exit) {
        sleep(ms(1)).await;
        self.0.borrow_mut().push(format!("exit {how:?}"));
    }
}

#[test]
fn local_cleanup_runs_on_the_local_loop() {
    let cleaned = Rc::new(Cell::new(0));
    let count = |cleaned: &Rc<Cell<u32>>| {
        let cleaned = cleaned.clone();
        finally_local(async move {
            sleep(ms(1)).await;
            cleaned.set(cleaned.get() + 1);
        })
    };
    run_test(async {
        let task = create_local_task({
            let guard = count(&cleaned);
            async move {
                let _guard = guard;
                pending::<()>().await;
            }
        });
        sleep(ms(1)).await;
        task.cancel();
        assert!(task.await.is_err());
        assert_eq!(cleaned.get(), 1, "a task that is cancelled");
        let limited = asyncio::timeout(ms(1), async {
            let _guard = count(&cleaned);
            pending::<()>().await;
        });
        assert!(limited.await.is_err());
        assert_eq!(cleaned.get(), 2, "a time-out");
        count(&cleaned).run().await;
        count(&cleaned).disarm();
        assert_eq!(cleaned.get(), 3, "in line");
        // The main task cleans up when it ends.
        drop(count(&cleaned));
        let left = count(&cleaned);
        drop(create_local_task(async move {
            let _left = left;
            pending::<()>().await;
        }));
        sleep(0).await;
    });
    assert_eq!(cleaned.get(), 5, "the main task, and what was left over");
}

#[test]
fn a_local_resource_exits() {
    let log = Rc::new(RefCell::new(Vec::new()));
    run_test(async {
        let body = with_local(Local(log.clone()), async |_| Ok::<_, ()>(7));
        assert_eq!(body.await, Ok(7));
        let body = with_local(Local(log.clone()), async |_| pending::<()>().await);
        assert!(asyncio::timeout(ms(1), body).await.is_err());
    });
    assert_eq!(*log.borrow(), ["exit Normal", "exit Cancelled"]);
}

#[test]
fn local_cleanup_elsewhere_is_refused_with_a_report() {
    let reports = report::capture();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(scope(async {
        drop(finally_local(async { unreachable!("it may not run") }));
    }));
    drop(finally_local(async { unreachable!("it may not run") }));
    let expected = "did not run: it is not `Send`, and nothing here stays on this thread";
    assert_eq!(reports.matching(expected), 2);
}

#[test]
fn cleanup_without_a_runtime_is_reported() {
    let reports = report::capture();
    drop(finally(async { unreachable!("it may not run") }));
    assert_eq!(reports.matching("did not run: there is no runtime"), 1);
    assert_eq!(reports.matching("runner.rs"), 1);
}

#[test]
fn cleanup_of_a_task_whose_runtime_ends_is_reported() {
    let reports = report::capture();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // The task itself is wanted, not its value.
    #[allow(clippy::async_yields_async)]
    let task = runtime.block_on(async {
        let task = create_task(async {
            let _outer = finally(async {});
            let _inner = finally(async {});
            pending::<()>().await;
        });
        tokio::task::yield_now().await;
        task
    });
    drop(runtime);
    assert!(task.done() && task.cancelled());
    assert_eq!(
        reports.matching("did not run: there is no runtime, or it is shutting down"),
        2
    );
}

#[test]
fn a_test_runs_on_a_virtual_clock() {
    let started = Instant::now();
    run_test(async {
        let log = Log::new();
        sleep(3600).await;
        log.add("an hour later");
        assert_eq!(log.all(), ["an hour later@3600000"]);
        sleep(24 * 3600 * 10).await;
    });
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_test_that_cannot_go_on_fails_and_names_its_tasks() {
    let started = Instant::now();
    let text = failure(false, None, async {
        let waiter = Task::builder().name("waiter").spawn(pending::<()>());
        waiter.await.unwrap();
    });
    assert!(
        text.starts_with("deadlock: no task of the test can go on"),
        "{text}"
    );
    assert!(text.contains("#[asyncio::test(real_time)]"), "{text}");
    assert!(text.contains("task `waiter`, spawned at "), "{text}");
    assert!(text.contains("runner.rs"), "{text}");
    assert!(text.contains("(T) waiter "), "{text}");
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_test_that_cannot_go_on_says_what_each_task_waits_for() {
    let text = failure(false, None, async {
        let (one, two) = (Arc::new(Lock::new(())), Arc::new(Lock::new(())));
        let crosswise = |first: &Arc<Lock>, second: &Arc<Lock>| {
            let (first, second) = (first.clone(), second.clone());
            async move {
                let _first = first.acquire().await;
                sleep(0.001).await;
                drop(second.acquire().await);
            }
        };
        let left = Task::builder().name("left").spawn(crosswise(&one, &two));
        let right = Task::builder().name("right").spawn(crosswise(&two, &one));
        let never = Event::new();
        let never = async {
            never.wait().await;
            Ok::<_, CancelledError>(())
        };
        gather!(left, right, never).await.unwrap();
    });
    assert!(text.contains("Lock.acquire #"), "{text}");
    assert!(text.contains("held by `left`"), "{text}");
    assert!(text.contains("Event.wait #"), "{text}");
    assert!(
        text.contains("deadlock: each of these tasks waits for the next"),
        "{text}"
    );
}

/// What it leaves behind is cleaned up, as at the end of any run.
#[test]
fn a_test_that_cannot_go_on_is_cleaned_up() {
    let events = Events::default();
    let left = events.clone();
    failure(false, None, async move {
        let _guard = guard(&left, 5, "cleaned");
        pending::<()>().await;
    });
    assert_eq!(*events.lock().unwrap(), ["cleaned"]);
}

#[test]
fn a_test_that_takes_too_long_fails() {
    let text = failure(true, Some(ms(20)), pending());
    assert!(
        text.starts_with("the test took longer than its limit of 20ms\n"),
        "{text}"
    );
}

/// A loop that never waits never looks at its timers.
#[test]
fn a_test_that_never_waits_fails() {
    let text = failure(false, Some(ms(20)), async {
        drop(create_task(async {
            loop {
                sleep(0).await;
            }
        }));
        pending::<()>().await;
    });
    assert!(
        text.starts_with("the test took longer than its limit of 20ms, of real time"),
        "{text}"
    );
}

#[test]
fn a_test_in_real_time_takes_it() {
    let started = Instant::now();
    asyncio::__private::run_test(true, None, sleep(ms(20)));
    assert!(started.elapsed() >= ms(20));
}

#[test]
fn a_test_that_panics_fails_with_its_panic() {
    let text = failure(false, None, async {
        sleep(ms(1)).await;
        assert!(current_task().is_none(), "on purpose");
    });
    assert_eq!(text, "on purpose");
}
