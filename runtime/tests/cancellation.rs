//! Cleanup that awaits: what runs, in which order, and what never gets lost.

mod common;

use asyncio::{CancelledError, Outcome, create_task, finally, scope, timeout};
use common::{Log, inner, ms, nested};
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::sync::Notify;
use tokio::time::sleep;

macro_rules! virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => { $(
        $(#[$meta])*
        #[tokio::test(start_paused = true)]
        async fn $name() $body
    )* };
}

virtual_time! {

async fn inner_cleanup_runs_before_outer() {
    let log = Log::new();
    let task = create_task(nested(log.clone()));
    sleep(ms(10)).await;
    assert!(task.cancel());
    assert_eq!(task.await, Err(CancelledError::new()));
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]);
}

async fn a_timeout_waits_for_cleanup() {
    let log = Log::new();
    let result = timeout(ms(10), nested(log.clone())).await;
    assert_eq!(result.unwrap_err().limit(), ms(10));
    log.add("after");
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80", "after@80"]);
}

async fn hand_over_through_foreign_combinators() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let mut unordered = FuturesUnordered::new();
            unordered.push(nested(log.clone()));
            tokio::join!(async { unordered.next().await; }, async {
                tokio::time::timeout(ms(1000), inner(log.clone())).await.ok();
            });
        }
    });
    sleep(ms(10)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all().len(), 6);
}

async fn the_loser_of_a_foreign_select_cleans_up_beside_the_handler() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            tokio::select! { _ = nested(log.clone()) => {}, () = sleep(ms(5)) => {} }
            log.add("handler");
            sleep(ms(30)).await;
            log.add("body end");
        }
    });
    task.await.unwrap();
    assert_eq!(
        log.all(),
        ["handler@5", "inner<@5", "inner>@25", "outer<@25", "body end@35", "outer>@75"],
    );
}

async fn cleanup_runs_on_return_and_question_mark() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _guard = log.guard("c", 5);
            Err::<(), _>("boom")?;
            Ok::<(), &str>(())
        }
    });
    assert_eq!(task.await, Ok(Err("boom")));
    assert_eq!(log.all(), ["c<@0", "c>@5"]);
}

async fn abort_of_a_foreign_task_makes_orphans_in_order() {
    let log = Log::new();
    let handle = tokio::spawn(nested(log.clone()));
    sleep(ms(10)).await;
    handle.abort();
    let _ = handle.await;
    sleep(ms(200)).await;
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]);
}

async fn abort_of_a_scope_makes_orphans_in_order() {
    let log = Log::new();
    let handle = tokio::spawn(scope(nested(log.clone())));
    sleep(ms(10)).await;
    handle.abort();
    let _ = handle.await;
    sleep(ms(200)).await;
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]);
}

/// The inner one is at work when the outer one is dropped, long after.
async fn orphans_that_one_task_drops_one_by_one_keep_their_order() {
    let log = Log::new();
    let handle = tokio::spawn({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            drop(log.guard("inner", 50));
            sleep(ms(10)).await;
            let later = log.guard("later", 5); // encloses nothing that runs
            sleep(ms(10)).await;
            drop(later);
        }
    });
    handle.await.unwrap();
    sleep(ms(200)).await;
    assert_eq!(
        log.all(),
        ["inner<@0", "later<@20", "later>@25", "inner>@50", "outer<@50", "outer>@55"],
    );
}

/// Nothing says that two tasks have to do with each other.
async fn orphans_of_two_tasks_do_not_wait_for_each_other() {
    let log = Log::new();
    let (first, second) = (log.guard("first", 5), log.guard("second", 50));
    tokio::spawn(async move { drop(second) }).await.unwrap();
    tokio::spawn(async move { drop(first) }).await.unwrap();
    sleep(ms(200)).await;
    assert_eq!(log.all(), ["second<@0", "first<@0", "first>@5", "second>@50"]);
}

/// A's cleanup waits for what B's cleanup, queued behind it, releases.
async fn siblings_of_a_foreign_join_clean_up_side_by_side() {
    let log = Log::new();
    let released = Arc::new(Notify::new());
    let task = create_task({
        let (log, waiter, releaser) = (log.clone(), released.clone(), released.clone());
        async move {
            tokio::join!(
                async {
                    let log = log.clone();
                    let _a = finally(async move { waiter.notified().await; log.add("a"); });
                    pending::<()>().await;
                },
                async {
                    let log = log.clone();
                    let _b = finally(async move { releaser.notify_one(); log.add("b"); });
                    pending::<()>().await;
                }
            );
        }
    });
    sleep(ms(10)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["b@10", "a@10"]);
}

async fn interleaved_branches_do_not_wait_for_each_other() {
    let notify = Arc::new(Notify::new());
    let log = Log::new();
    let task = create_task({
        let (log, waiter, releaser) = (log.clone(), notify.clone(), notify.clone());
        async move {
            tokio::join!(
                async {
                    let _a1 = log.guard("a1", 1);
                    sleep(ms(1)).await;
                    let _a2 = finally(async move { waiter.notified().await });
                    let _a3 = log.guard("a3", 7);
                    pending::<()>().await;
                },
                async {
                    let _b1 = finally(async move { releaser.notify_one() });
                    sleep(ms(1)).await;
                    let _b2 = log.guard("b2", 3);
                    pending::<()>().await;
                }
            );
        }
    });
    sleep(ms(10)).await;
    task.cancel();
    assert!(task.await.is_err(), "it ends");
    let all = log.all();
    let at = |what: &str| all.iter().position(|event| event.starts_with(what)).unwrap();
    assert!(at("a3>") < at("a1<"));
}

async fn a_hung_cleanup_does_not_hold_up_later_ones() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let hung = finally(pending());
            tokio::select! { () = async move { let _g = hung; pending().await } => {}, () = sleep(ms(10)) => {} }
            let guard = log.guard("loser", 1);
            tokio::select! { () = async move { let _g = guard; pending().await } => {}, () = sleep(ms(10)) => {} }
            sleep(ms(100)).await;
            log.add("body");
        }
    });
    sleep(ms(500)).await;
    assert_eq!(log.all(), ["loser<@20", "loser>@21", "body@120"]);
    assert!(!task.done(), "the hung one is awaited");
    drop(task);
}

async fn a_guard_inside_a_cleanup_ends_before_the_outer_one_starts() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            let log2 = log.clone();
            let _inner = finally(async move {
                let _nested = log2.guard("nested", 5);
                log2.add("inner");
            });
            pending::<()>().await;
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["inner@1", "nested<@1", "nested>@6", "outer<@6", "outer>@11"]);
}

/// CPython would lose it.
async fn a_value_that_came_in_time_stands() {
    let log = Log::new();
    let result = timeout(ms(10), {
        let log = log.clone();
        async move {
            let _guard = log.guard("c", 50);
            sleep(ms(1)).await;
            42
        }
    })
    .await;
    assert_eq!(result, Ok(42));
    assert_eq!(log.all(), ["c<@1", "c>@51"]);
}

async fn a_panicking_body_is_cleaned_up_before_the_panic_is_delivered() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _guard = log.guard("c", 50);
            sleep(ms(1)).await;
            panic!("boom");
        }
    });
    let Outcome::Panicked(payload) = task.outcome().await else { panic!("it panicked") };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"boom"));
    assert_eq!(log.all(), ["c<@1", "c>@51"]);
}

async fn a_panicking_cleanup_does_not_stop_the_others() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            let _middle = log.guard("middle", 5);
            let _bad = finally(async { panic!("cleanup") });
            7
        }
    });
    let Outcome::Panicked(payload) = task.outcome().await else { panic!("it panicked") };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"cleanup"));
    assert_eq!(log.all(), ["middle<@0", "middle>@5", "outer<@5", "outer>@10"]);
}

async fn the_panic_of_the_body_wins_over_that_of_a_cleanup() {
    let task = create_task(async {
        let _bad = finally(async { panic!("cleanup") });
        panic!("body")
    });
    let outcome: Outcome<()> = task.outcome().await;
    let Outcome::Panicked(payload) = outcome else { panic!("it panicked") };
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"body"));
}

async fn a_panic_in_a_drop_of_the_body_loses_no_cleanup() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("bad drop");
            }
        }
    }
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            let _bad = Bad;
            let _inner = log.guard("inner", 5);
            pending::<()>().await;
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.outcome().await.is_panicked());
    assert_eq!(log.all(), ["inner<@1", "inner>@6", "outer<@6", "outer>@11"]);
}

async fn a_busy_body_does_not_starve_cleanup_of_the_budget() {
    let stop = Arc::new(AtomicBool::new(false));
    let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel();
    tx.send(()).unwrap();
    let stopper = stop.clone();
    let task = create_task(async move {
        drop(finally(async move {
            let semaphore = tokio::sync::Semaphore::new(1);
            let _permit = semaphore.acquire().await;
            stopper.store(true, Ordering::SeqCst);
        }));
        for round in 0..100_000 {
            rx.recv().await;
            tx.send(()).unwrap();
            if stop.load(Ordering::SeqCst) {
                return round;
            }
        }
        u32::MAX
    });
    assert!(task.await.unwrap() < 1000);
}

async fn a_second_cancel_interrupts_the_running_cleanup_only() {
    let log = Log::new();
    let task = create_task(nested(log.clone()));
    sleep(ms(10)).await;
    task.cancel();
    sleep(ms(5)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["inner<@10", "outer<@15", "outer>@65"]);
}

/// B-064.
async fn cancels_before_the_first_is_delivered_count_once() {
    let log = Log::new();
    let task = create_task(nested(log.clone()));
    sleep(ms(10)).await;
    assert!(task.cancel_with("first"));
    assert!(task.cancel_with("second"));
    assert_eq!(task.await, Err(CancelledError::with_message("first")));
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]);
}

async fn of_two_deadlines_that_pass_together_the_outer_wins() {
    let log = Log::new();
    let result = timeout(ms(10), {
        let log = log.clone();
        async move {
            let result = timeout(ms(10), nested(log.clone())).await;
            log.add("inner handler");
            result
        }
    })
    .await;
    assert!(result.is_err());
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]);
}

async fn a_guard_that_moved_delays_the_task_that_drops_it() {
    let log = Log::new();
    let (tx, mut rx) = tokio::sync::mpsc::channel(1);
    let other = create_task(async move {
        drop(rx.recv().await);
        "value"
    });
    tx.send(log.guard("moved", 5000)).await.unwrap();
    assert_eq!(other.await, Ok("value"));
    log.add("done");
    assert_eq!(log.all(), ["moved<@0", "moved>@5000", "done@5000"]);
}

/// A local task that a `LocalSet` runs inside of our scope is not of that scope.
async fn tasks_of_a_nested_local_set_do_not_leak_into_the_scope() {
    let log = Log::new();
    let set = tokio::task::LocalSet::new();
    let unrelated = log.clone();
    set.spawn_local(async move {
        sleep(ms(1)).await;
        drop(unrelated.guard("unrelated", 5000));
        pending::<()>().await;
    });
    let result = timeout(ms(100), set.run_until(async { sleep(ms(10)).await; 5 })).await;
    assert_eq!(result, Ok(5));
    log.add("after");
    assert_eq!(log.all(), ["unrelated<@1", "after@10"]);
}

async fn each_cleanup_is_polled_only_when_woken() {
    const COUNT: u64 = 2000;
    let polls = Arc::new(AtomicUsize::new(0));
    let task = create_task({
        let polls = polls.clone();
        async move {
            for i in 0..COUNT {
                let polls = polls.clone();
                let mut sleep = Box::pin(sleep(ms(1 + i % 100)));
                drop(finally(std::future::poll_fn(move |cx| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    sleep.as_mut().poll(cx)
                })));
            }
        }
    });
    task.await.unwrap();
    assert!(polls.load(Ordering::Relaxed) <= 2 * COUNT as usize + 10, "{polls:?}");
}

async fn disarm_forgets_and_run_runs_in_line() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            log.guard("forgotten", 5).disarm();
            log.guard("in line", 5).run().await;
            log.add("body");
        }
    });
    task.await.unwrap();
    assert_eq!(log.all(), ["in line<@0", "in line>@5", "body@5"]);
}

async fn cleanup_that_runs_in_line_is_handed_over_when_cancelled() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move { log.guard("c", 50).run().await }
    });
    sleep(ms(10)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["c<@0", "c>@50"]);
}

async fn a_grace_limit_bounds_a_cleanup_that_hangs() {
    let started = tokio::time::Instant::now();
    let result = timeout(ms(10), async {
        let _hang = finally(pending());
        pending::<()>().await;
    })
    .grace(ms(30))
    .await;
    assert!(result.is_err());
    assert_eq!(started.elapsed().as_millis(), 40);
}

async fn guards_are_sync_and_send() {
    fn check<T: Send + Sync>(_: &T) {}
    let guard = finally(async {});
    check(&guard);
    guard.disarm();
}

}

/// Fields drop in the order of declaration: the documented limit.
#[tokio::test(start_paused = true)]
async fn struct_fields_drop_forwards() {
    struct Middleware<F> {
        _guard: asyncio::Finally,
        future: Pin<Box<F>>,
    }
    impl<F: Future> Future for Middleware<F> {
        type Output = F::Output;
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
            self.future.as_mut().poll(cx)
        }
    }
    let log = Log::new();
    let future = Box::pin(inner(log.clone()));
    let task = create_task(Middleware {
        _guard: log.guard("middleware", 5),
        future,
    });
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(
        log.all(),
        ["middleware<@1", "inner<@1", "middleware>@6", "inner>@21"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_that_one_task_drops_all_run() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    let mut handles = Vec::new();
    for _ in 0..50 {
        handles.push(tokio::spawn(async {
            let guards: Vec<_> = (0..50)
                .map(|_| {
                    finally(async {
                        RAN.fetch_add(1, Ordering::SeqCst);
                    })
                })
                .collect();
            pending::<()>().await;
            drop(guards);
        }));
    }
    sleep(ms(20)).await;
    for handle in &handles {
        handle.abort();
    }
    for handle in handles {
        let _ = handle.await;
    }
    for _ in 0..200 {
        if RAN.load(Ordering::SeqCst) == 2500 {
            return;
        }
        sleep(ms(10)).await;
    }
    panic!("{} of 2500 ran", RAN.load(Ordering::SeqCst));
}

/// The driver may take the inner one, on another thread, before the task drops the outer one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_that_is_quick_does_not_lose_the_order() {
    for _ in 0..500 {
        let done = Arc::new(AtomicUsize::new(0));
        let (inner, outer) = (done.clone(), done.clone());
        let (result, end) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let _outer = finally(async move {
                let _ = result.send(outer.load(Ordering::SeqCst));
            });
            let _inner = finally(async move {
                tokio::task::yield_now().await;
                inner.fetch_add(1, Ordering::SeqCst);
            });
        });
        task.await.unwrap();
        assert_eq!(end.await, Ok(1), "outer ran before inner ended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_started_guard_is_cleaned_up_under_random_cancels() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static RAN: AtomicUsize = AtomicUsize::new(0);
    let tasks: Vec<_> = (0..2000u64)
        .map(|i| {
            create_task(async move {
                MADE.fetch_add(1, Ordering::SeqCst);
                let _guard = finally(async move {
                    sleep(ms(i % 3)).await;
                    RAN.fetch_add(1, Ordering::SeqCst);
                });
                sleep(ms(1 + i % 7)).await;
            })
        })
        .collect();
    for task in tasks.iter().step_by(2) {
        task.cancel();
    }
    for task in tasks {
        let _ = task.await;
    }
    assert_eq!(MADE.load(Ordering::SeqCst), RAN.load(Ordering::SeqCst));
}
