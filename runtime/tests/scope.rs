//! The corners of handed-over cleanup, each of which was wrong once.

mod common;

use asyncio::{
    AsyncExit, CancelledError, Exit, FinallyLocal, Outcome, Task, TimeoutHandle, all_tasks,
    create_local_task, create_task, current_task, enter, finally, finally_local, gather, remaining,
    scope, shield, task_group, timeout, wait_first, with,
};
use common::{Log, ms, report};
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

/// The branch was marked twice for what the time-out handed on, and once for what it had already.
#[tokio::test(start_paused = true)]
async fn a_time_out_that_is_dropped_with_its_branch_keeps_its_order() {
    let log = Log::new();
    let branch = async |log: Log| {
        timeout(ms(1000), async {
            let _outer = log.guard("outer", 5);
            tokio::select! {
                () = async { let _g = log.guard("inner", 50); pending().await } => {}
                () = sleep(ms(10)) => {}
            }
            pending::<()>().await;
        })
        .await
    };
    let task = create_task({
        let log = log.clone();
        async move { gather!(branch(log), async { pending::<()>().await }).await }
    });
    sleep(ms(20)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@60", "outer<@60", "outer>@65"]
    );
}

/// What a single branch of a spread hands over that has been woken is noted on a path of its own.
#[tokio::test(start_paused = true)]
async fn a_branch_of_a_spread_that_is_woken_keeps_its_order() {
    for count in [2, 100] {
        let log = Log::new();
        let branch = async |index, log: Log| {
            let _outer = (index == 1).then(|| log.guard("outer", 5));
            if index == 1 {
                sleep(ms(10)).await;
                drop(log.guard("inner", 50));
            }
            pending::<()>().await;
        };
        let task = create_task({
            let log = log.clone();
            async move { gather!(..(0..count).map(|index| branch(index, log.clone()))).await }
        });
        sleep(ms(20)).await;
        task.cancel();
        assert!(task.await.is_err());
        assert_eq!(
            log.all(),
            ["inner<@10", "inner>@60", "outer<@60", "outer>@65"],
            "of {count}"
        );
    }
}

/// What a branch handed over while it was polled comes before what it hands over when dropped.
#[tokio::test(start_paused = true)]
async fn a_branch_that_panics_keeps_its_order() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outermost = log.guard("outermost", 5);
            let panics = async {
                let _outer = log.guard("outer", 5);
                let _inner = log.guard("inner", 5);
                sleep(ms(10)).await;
                assert!(remaining().is_some(), "branch");
            };
            let hangs = async {
                sleep(ms(1)).await;
                let _other = log.guard("other", 100);
                pending::<()>().await;
            };
            gather!(panics, hangs).await
        }
    });
    assert!(task.outcome().await.is_panicked());
    assert_eq!(
        log.all(),
        [
            "inner<@10",
            "other<@10",
            "inner>@15",
            "outer<@15",
            "outer>@20",
            "other>@110",
            "outermost<@110",
            "outermost>@115"
        ]
    );
}

/// It held the lock that the one waited for, which it was made to wait for.
#[tokio::test(start_paused = true)]
async fn a_cleanup_that_has_started_never_waits_again() {
    let lock = Arc::new(tokio::sync::Mutex::new(()));
    let log = Log::new();
    let task = create_task({
        let (lock, log) = (lock.clone(), log.clone());
        async move {
            let holder = {
                let (lock, log) = (lock.clone(), log.clone());
                finally(async move {
                    let _held = lock.lock().await;
                    sleep(ms(50)).await;
                    log.add("holder");
                })
            };
            let waiter = finally(async move {
                let _held = lock.lock().await;
                log.add("waiter");
            });
            let inner = scope(async {
                drop(holder);
                pending::<()>().await;
            });
            tokio::select! {
                () = inner => {}
                () = async { sleep(ms(10)).await; drop(waiter); sleep(ms(10)).await } => {}
            }
        }
    });
    assert_eq!(tokio::time::timeout(ms(1000), task).await.unwrap(), Ok(()));
    assert_eq!(log.all(), ["holder@50", "waiter@50"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_for_one_that_runs_in_line() {
    let lock = Arc::new(tokio::sync::Mutex::new(()));
    let task = create_task(async move {
        let holder = {
            let lock = lock.clone();
            finally(async move {
                let _held = lock.lock().await;
                sleep(ms(50)).await;
            })
        };
        let waiter = finally(async move { drop(lock.lock().await) });
        tokio::select! {
            () = holder.run() => {}
            () = async { sleep(ms(10)).await; drop(waiter) } => {}
        }
    });
    assert_eq!(tokio::time::timeout(ms(1000), task).await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_cleanup_is_not_done_before_what_it_hands_over() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            let inner = log.clone();
            let _inner = finally(async move {
                let _nested = inner.guard("nested", 20);
                pending::<()>().await;
            });
            pending::<()>().await;
        }
    });
    sleep(ms(1)).await;
    task.cancel();
    sleep(ms(1)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(
        log.all(),
        ["nested<@2", "nested>@22", "outer<@22", "outer>@27"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_runs_in_line_waits_for_the_guards_inside() {
    let log = Log::new();
    let inner = log.clone();
    scope(async {
        let guard = finally(async move {
            let _nested = inner.guard("nested", 20);
        });
        guard.run().await;
        log.add("after");
    })
    .await;
    assert_eq!(log.all(), ["nested<@0", "nested>@20", "after@20"]);
}

struct Resource(Log);

impl AsyncExit for Resource {
    async fn exit(self, how: Exit) {
        self.0.add(&format!("exit {how:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_exits_after_the_cleanup_of_the_body() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            with(Resource(log.clone()), async |r| {
                let _inner = r.0.guard("inner", 20);
                Err::<(), _>("value")
            })
            .await
        }
    });
    assert_eq!(task.await, Ok(Err("value")));
    assert_eq!(log.all(), ["inner<@0", "inner>@20", "exit Error@20"]);
}

#[tokio::test(start_paused = true)]
async fn a_resource_whose_body_is_cancelled_exits_after_its_cleanup() {
    let log = Log::new();
    let body = with(Resource(log.clone()), async |r| {
        let _inner = r.0.guard("inner", 20);
        pending::<()>().await;
    });
    assert!(timeout(ms(10), body).await.is_err());
    assert_eq!(log.all(), ["inner<@10", "inner>@30", "exit Cancelled@30"]);
}

#[tokio::test(start_paused = true)]
async fn a_resource_whose_body_panics_exits() {
    let log = Log::new();
    let task = create_task(with(Resource(log.clone()), async |_| panic!("body")));
    let outcome: Outcome<()> = task.outcome().await;
    assert!(outcome.is_panicked());
    assert_eq!(log.all(), ["exit Cancelled@0"]);
}

#[tokio::test(start_paused = true)]
async fn an_entered_resource_exits_in_line_or_when_dropped() {
    let log = Log::new();
    scope(async {
        enter(Resource(log.clone())).exit(Exit::Normal).await;
        drop(enter(Resource(log.clone())));
        let _ = enter(Resource(log.clone())).into_inner();
    })
    .await;
    assert_eq!(log.all(), ["exit Normal@0", "exit Cancelled@0"]);
}

/// A stack of guards that was dropped from the top took memory in the square of its height.
#[tokio::test(start_paused = true)]
async fn a_high_stack_of_guards_is_cleaned_up_from_the_top() {
    const HEIGHT: usize = 5000;
    let order = Arc::new(Mutex::new(Vec::new()));
    scope(async {
        let mut guards: Vec<_> = (0..HEIGHT)
            .map(|i| {
                let order = order.clone();
                finally(async move {
                    tokio::task::yield_now().await;
                    order.lock().unwrap().push(i);
                })
            })
            .collect();
        while guards.pop().is_some() {}
    })
    .await;
    let expected: Vec<usize> = (0..HEIGHT).rev().collect();
    assert!(*order.lock().unwrap() == expected);
}

#[tokio::test(start_paused = true)]
async fn cleanup_is_not_under_the_deadline_of_the_body() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let see = |seen: &Arc<Mutex<Vec<_>>>| {
        let seen = seen.clone();
        finally(async move {
            seen.lock().unwrap().push(remaining());
            sleep(ms(1)).await;
            seen.lock().unwrap().push(remaining());
        })
    };
    let in_time = timeout(ms(10), async {
        let _guard = see(&seen);
        assert_eq!(remaining(), Some(ms(10)));
    });
    in_time.await.unwrap();
    let too_late = timeout(ms(10), async {
        let _guard = see(&seen);
        pending::<()>().await;
    });
    too_late.await.unwrap_err();
    assert_eq!(*seen.lock().unwrap(), [None; 4]);
}

/// Whoever awaits it cannot be cancelled any more, and would wait for ever.
#[tokio::test(start_paused = true)]
async fn a_shield_that_is_cancelled_in_a_cleanup_does_not_hang() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _outer = log.guard("outer", 5);
            let _guard = finally(async {
                let shield = shield(pending::<()>());
                sleep(ms(10)).await;
                all_tasks().last().unwrap().cancel();
                shield.await;
            });
            pending::<()>().await;
        }
    });
    sleep(ms(10)).await;
    task.cancel();
    let outcome = tokio::time::timeout(ms(500), task.outcome()).await;
    assert!(outcome.unwrap().is_panicked());
    assert_eq!(log.all(), ["outer<@20", "outer>@25"]);
}

/// B-185.
#[tokio::test(start_paused = true)]
async fn who_awaits_a_shield_is_cancelled_with_the_task_behind_it() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _guard = log.guard("guard", 5);
            shield(pending::<()>()).await;
        }
    });
    sleep(ms(10)).await;
    all_tasks().last().unwrap().cancel_with("inner");
    assert_eq!(task.await, Err(CancelledError::with_message("inner")));
    assert_eq!(log.all(), ["guard<@10", "guard>@15"]);
}

/// Cleanup that is not `Send` was taken by a task that then left the thread.
#[test]
fn an_eager_task_is_not_part_of_the_scope_that_spawns_it() {
    let reports = report::capture();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let local = create_local_task(async {
            let task = Task::builder().eager().spawn(async {
                drop(local_guard());
                tokio::task::yield_now().await;
            });
            task.await.unwrap();
        });
        local.await.unwrap();
    });
    assert_eq!(reports.matching("it is not `Send`"), 1);
}

fn local_guard() -> FinallyLocal {
    let rc = Rc::new(());
    finally_local(async move { drop(rc) })
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_nested_local_set_are_not_this_task() {
    let task = create_task(timeout(ms(100), async { current_task().is_some() }));
    assert_eq!(task.await, Ok(Ok(true)));
    let set = LocalSet::new();
    let inside = set.spawn_local(async { (current_task().is_some(), remaining()) });
    let local = LocalSet::new();
    local
        .run_until(async move {
            create_local_task(timeout(ms(100), async move {
                set.await;
                assert!(current_task().is_some());
            }))
            .await
            .unwrap()
            .unwrap();
        })
        .await;
    assert_eq!(inside.await.unwrap(), (false, None));
}

/// With a handle it was looked at before the future had run at all.
#[tokio::test(start_paused = true)]
async fn a_limit_of_zero_with_a_handle_lets_the_future_run_up_to_its_first_suspension() {
    let limit = TimeoutHandle::new();
    assert_eq!(timeout(0, async { 7 }).with_handle(&limit).await, Ok(7));
    assert!(!limit.expired());
    let limit = TimeoutHandle::new();
    let mut ran = false;
    let suspends = async {
        ran = true;
        tokio::task::yield_now().await;
    };
    assert!(timeout(0, suspends).with_handle(&limit).await.is_err());
    assert!(ran && limit.expired());
}

#[tokio::test(start_paused = true)]
async fn a_value_or_panic_of_a_task_whose_runtime_ends_meanwhile_is_kept() {
    let task = |panics: bool| async move {
        let _hangs = finally(pending());
        assert!(!panics, "the body");
        7
    };
    let set = LocalSet::new();
    let (returned, panicked, cancelled) = set
        .run_until(async {
            let tasks = (
                create_local_task(task(false)),
                create_local_task(task(true)),
                create_local_task(pending::<()>()),
            );
            sleep(ms(1)).await;
            tasks
        })
        .await;
    assert!(!returned.done());
    drop(set);
    assert_eq!(returned.await, Ok(7));
    assert!(panicked.outcome().await.is_panicked());
    assert!(cancelled.await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_done_has_its_value() {
    for _ in 0..2000 {
        let mut task = create_task(async {});
        while !task.done() {
            std::hint::spin_loop();
        }
        assert!(futures::poll!(&mut task).is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn the_grace_limit_stops_cleanup_that_comes_later_too() {
    let reports = report::capture();
    let log = Log::new();
    let started = Instant::now();
    let inner = log.clone();
    let result = timeout(ms(10), async {
        let _outer = log.guard("outer", 5);
        let _inner = finally(async move {
            let _nested = inner.guard("nested", 5);
            pending::<()>().await;
        });
        pending::<()>().await;
    });
    assert!(result.grace(ms(30)).await.is_err());
    assert_eq!(started.elapsed(), ms(40));
    assert_eq!(log.all(), [] as [&str; 0]);
    assert_eq!(reports.matching("did not end: its scope was stopped"), 1);
    assert_eq!(reports.matching("did not run: its scope was stopped"), 2);
}

/// What the loser handed over while it was polled was with the scope around, what it handed over when
/// dropped with the race: neither knew of the other.
#[tokio::test(start_paused = true)]
async fn what_a_loser_handed_over_before_comes_before_what_it_hands_over_in_the_end() {
    let log = Log::new();
    let loser = async {
        let _outer = log.guard("outer", 5);
        drop(log.guard("inner", 50));
        pending::<()>().await;
    };
    scope(async {
        wait_first!(if let () = loser {
        } else if let () = sleep(ms(10)) {
            log.add("handler");
        });
    })
    .await;
    assert_eq!(
        log.all(),
        [
            "inner<@0",
            "inner>@50",
            "outer<@50",
            "outer>@55",
            "handler@55"
        ]
    );
}

/// `FuturesUnordered` forgets the futures behind one whose drop panics.
#[tokio::test(start_paused = true)]
async fn a_panic_waits_in_the_scope_when_what_holds_it_is_dropped() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let mut all = FuturesUnordered::new();
            for name in ["a", "b", "c"] {
                let log = log.clone();
                all.push(scope(async move {
                    let _guard = log.guard(name, 20);
                    sleep(ms(1)).await;
                    assert!(name != "b", "the body of b");
                    pending::<()>().await;
                }));
            }
            tokio::select! { _ = all.next() => {}, () = sleep(ms(10)) => {} }
            drop(all);
            log.add("body");
        }
    });
    assert!(task.outcome().await.is_panicked());
    let mut all = log.all();
    all.sort();
    assert_eq!(
        all,
        [
            "a<@30", "a>@50", "b<@1", "b>@21", "body@10", "c<@10", "c>@30"
        ]
    );
}

/// It was lost with the group.
#[tokio::test(start_paused = true)]
async fn a_panic_of_a_child_is_kept_when_its_group_is_dropped() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let group = task_group!(|tg| {
                tg.create_task(async {
                    sleep(ms(1)).await;
                    assert!(remaining().is_none(), "the child");
                });
                let _guard = log.guard("body", 20);
                pending::<()>().await;
            });
            drop(timeout(ms(10), group).await);
        }
    });
    assert!(task.outcome().await.is_panicked());
    assert_eq!(log.all(), ["body<@1", "body>@21"]);
}

/// The value is kept while the cleanup runs: dropped then, it does not take the cleanup with it.
#[tokio::test(start_paused = true)]
async fn a_kept_value_that_panics_when_dropped_leaves_the_cleanup() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("the value");
        }
    }
    let log = Log::new();
    let inner = log.clone();
    let mut begun = Box::pin(scope(async move {
        let _guard = inner.guard("cleanup", 50);
        Panics
    }));
    assert!(futures::poll!(&mut begun).is_pending());
    scope(async {
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(begun)));
        let payload = dropped.expect_err("the value panics");
        assert_eq!(payload.downcast_ref(), Some(&"the value"));
        log.add("dropped");
    })
    .await;
    assert_eq!(log.all(), ["cleanup<@0", "dropped@0", "cleanup>@50"]);
}
