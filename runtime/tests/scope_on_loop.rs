//! Whose cleanup it is, in the tasks of our own loop, whose scopes have nothing around them.
#![cfg(feature = "tokio")]

mod common;

use asyncio::{
    CancelledError, Exit, Finally, LocalAsyncExit, Task, create_local_task, create_task,
    current_task, finally, finally_local, gather, get_running_loop, scope, sleep, timeout,
    with_local,
};
use common::{Log, ms, report};
use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use tokio::task::LocalSet;

#[asyncio::test]
async fn what_a_task_of_a_local_set_in_there_hands_over_is_not_the_task_s() {
    let log = Log::new();
    let inside = log.clone();
    let task = create_local_task(async move {
        let set = LocalSet::new();
        let theirs = inside.clone();
        set.spawn_local(async move { drop(theirs.guard("theirs", 50)) });
        set.await;
        drop(inside.guard("ours", 5));
    });
    task.await.unwrap();
    log.add("task");
    sleep(ms(100)).await;
    assert_eq!(
        log.all(),
        ["ours<@0", "theirs<@0", "ours>@5", "task@5", "theirs>@50"]
    );
}

/// A task on a plain executor, which has another loop run in one of its branches.
#[test]
fn what_tasks_of_a_loop_in_a_branch_hand_over_is_not_the_branch_s() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let guard = |name: &'static str, turns: u32| {
        let log = Arc::clone(&log);
        finally(async move {
            log.lock().unwrap().push(format!("{name}<"));
            for _ in 0..turns {
                asyncio_yield().await;
            }
            log.lock().unwrap().push(format!("{name}>"));
        })
    };
    // It is the older one: where both were of one branch it would wait for the other.
    let of_two = guard("two", 1);
    let one = async { drop(guard("one", 3)) };
    let two = async {
        asyncio::run(async {
            let inner = create_task(std::future::ready(guard("inner", 2)));
            drop(inner.await.unwrap());
            drop(guard("main", 1));
        });
        drop(of_two);
    };
    futures::executor::block_on(scope(gather!(one, two)));
    // Those of the loop were awaited there; those of the two branches run beside each other.
    let order = log.lock().unwrap().join(" ");
    let (of_loop, of_branches) = order.split_once(" one<").unwrap();
    assert_eq!(of_loop.split(' ').count(), 4);
    assert_eq!(of_branches, " two< two> one>");
}

/// Suspends once.
async fn asyncio_yield() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[asyncio::test]
async fn what_an_eager_task_hands_over_at_once_is_not_the_branch_s_that_starts_it() {
    let log = Log::new();
    let of_two = log.guard("two", 10); // the older one, as above
    let one = async { drop(log.guard("one", 30)) };
    let two = async {
        let theirs = log.clone();
        let eager = Task::builder()
            .eager()
            .spawn(async move { drop(theirs.guard("eager", 50)) });
        drop(of_two);
        drop(eager);
    };
    scope(gather!(one, two)).await;
    log.add("end");
    sleep(ms(100)).await;
    assert_eq!(
        log.all(),
        [
            "eager<@0",
            "one<@0",
            "two<@0",
            "two>@10",
            "one>@30",
            "end@30",
            "eager>@50"
        ]
    );
}

/// A callback, and the drop of a value that nobody wants, are between polls: no task waits for their cleanup.
#[asyncio::test]
async fn what_is_handed_over_between_polls_is_nobody_s() {
    let log = Log::new();
    let (called, value) = (log.guard("callback", 50), log.guard("value", 40));
    get_running_loop().call_soon(move || drop(called));
    drop(create_task(async move { value }));
    let task = create_task({
        let log = log.clone();
        async move {
            sleep(ms(1)).await;
            drop(log.guard("task", 5));
        }
    });
    task.await.unwrap();
    log.add("end");
    sleep(ms(100)).await;
    assert_eq!(
        log.all(),
        [
            "callback<@0",
            "value<@0",
            "task<@1",
            "task>@6",
            "end@6",
            "value>@40",
            "callback>@50"
        ]
    );
}

/// Has its value while it still has guards, as a future written by hand may.
struct Holds {
    first: Option<Finally>,
    guards: [Finally; 3],
}

impl Future for Holds {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        drop(self.first.take());
        Poll::Ready(self.guards.len())
    }
}

#[asyncio::test]
async fn what_a_body_hands_over_when_it_is_dropped_after_its_end_is_one_drop() {
    for with_first in [false, true] {
        let log = Log::new();
        let first = with_first.then(|| log.guard("first", 20));
        let (a, b, c) = (log.guard("a", 1), log.guard("b", 10), log.guard("c", 5));
        let guards = [c, a, b];
        assert_eq!(create_task(Holds { first, guards }).await, Ok(3));
        // In a drop of its own `b` would wait for `c`, which was made later.
        let mut order = vec!["c<@0", "b<@0", "c>@5", "a<@5", "a>@6", "b>@10"];
        if with_first {
            order.insert(0, "first<@0");
            order.push("first>@20");
        }
        assert_eq!(log.all(), order);
    }
}

#[asyncio::test]
async fn a_body_that_panics_has_its_cleanup_run_and_leaves_no_scope_behind() {
    let reports = report::capture();
    let log = Log::new();
    let panics = create_task({
        let log = log.clone();
        async move {
            let _guard = log.guard("guard", 5);
            sleep(ms(1)).await;
            assert!(current_task().is_none(), "a body");
        }
    });
    let after = log.clone();
    let called = log.guard("callback", 1);
    get_running_loop().call_later(ms(1), move || {
        drop(called);
        after.add("called");
    });
    assert!(panics.outcome().await.is_panicked());
    log.add("end");
    assert_eq!(
        log.all(),
        [
            "guard<@1",
            "called@1",
            "callback<@1",
            "callback>@2",
            "guard>@6",
            "end@6"
        ]
    );
    assert_eq!(reports.all(), [] as [&str; 0]);
}

struct Local(Rc<Log>);

impl LocalAsyncExit for Local {
    async fn exit(self, how: Exit) {
        sleep(ms(5)).await;
        self.0.add(if how == Exit::Cancelled {
            "cancelled"
        } else {
            "ended"
        });
    }
}

/// The scope of a task never leaves its thread, so that those in there do not either.
#[asyncio::test]
async fn cleanup_that_is_not_send_is_taken_by_scopes_within_a_task() {
    let reports = report::capture();
    let log = Rc::new(Log::new());
    let limited = timeout(
        ms(10),
        with_local(Local(Rc::clone(&log)), async |_| pending::<()>().await),
    );
    assert!(limited.await.is_err());
    log.add("limited");
    let (one, other) = (Rc::clone(&log), Rc::clone(&log));
    scope(gather!(
        async { drop(finally_local(async move { one.add("one") })) },
        scope(async { drop(finally_local(async move { other.add("other") })) }),
    ))
    .await;
    assert_eq!(
        log.all(),
        ["cancelled@15", "limited@15", "other@15", "one@15"]
    );
    assert_eq!(reports.all(), [] as [&str; 0]);
}

#[asyncio::test]
async fn a_request_that_comes_from_another_thread_during_a_poll_is_not_lost() {
    for waits_first in [false, true] {
        let log = Log::new();
        let task = create_task({
            let log = log.clone();
            async move {
                if waits_first {
                    sleep(ms(0)).await;
                }
                let _guard = log.guard("guard", 5);
                let this = current_task().unwrap();
                thread::spawn(move || assert!(this.cancel_with("why")))
                    .join()
                    .unwrap();
                log.add("asked");
                pending::<()>().await;
            }
        });
        assert_eq!(task.await, Err(CancelledError::with_message("why")));
        assert_eq!(log.all(), ["asked@0", "guard<@0", "guard>@5"]);
    }
}

/// It is woken, and finds that it was asked to end by itself, once, after all that it made ready.
#[asyncio::test]
async fn a_request_of_its_own_has_its_turn_after_what_is_ready() {
    let log = Log::new();
    let task = create_task({
        let log = log.clone();
        async move {
            let _guard = log.guard("guard", 5);
            current_task().unwrap().cancel();
            let other = log.clone();
            let other = create_task(async move { other.add("other") });
            log.add("asked");
            let _ = other.await;
            log.add("never");
        }
    });
    assert!(task.await.is_err());
    assert_eq!(log.all(), ["asked@0", "other@0", "guard<@0", "guard>@5"]);
}
