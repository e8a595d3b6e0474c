//! Task groups: CHECKLIST group G, and what Rust adds.

mod common;

use asyncio::{
    CancelledError, ExceptionGroup, Origin, TaskGroup, create_task, finally, sleep, task_group,
    timeout,
};
use common::{Log, ms, nested};
use futures::FutureExt;
use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;

#[derive(Debug, PartialEq)]
struct MyError(&'static str);

impl std::fmt::Display for MyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MyError {}

impl From<std::num::ParseIntError> for MyError {
    fn from(_: std::num::ParseIntError) -> Self {
        MyError("parse")
    }
}

async fn length(text: &str) -> Result<usize, MyError> {
    sleep(0.001).await;
    Ok(text.len())
}

async fn unit(text: &str) {
    let _ = text.len();
}

async fn fail_after(millis: u64, what: &'static str) -> Result<(), MyError> {
    sleep(ms(millis)).await;
    Err(MyError(what))
}

fn is_send<T: Send>(value: T) -> T {
    value
}

/// Borrows, `?`, handles and children that add children, in a spawned future.
async fn job(name: String) -> Result<usize, ExceptionGroup<MyError>> {
    let local = format!("{name}!");
    let n = task_group!(|tg| {
        let a = tg.create_task(length(&local));
        tg.create_task(unit(&local));
        tg.create_task(async { length(&name).await.map(|_| ()) });
        let handle = tg.handle();
        let local = &local;
        tg.create_task(async move {
            handle.create_task(unit(local));
            let inner = handle.clone();
            handle.create_task(async move {
                inner.create_task(length(local));
                Ok(())
            });
        });
        let n = a.await.unwrap();
        let _: i32 = "5".parse()?;
        tg.spawn(async { Ok(3) });
        Ok(n)
    })
    .await?;
    Ok(n)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_borrows_inside_of_a_spawned_future() {
    assert_eq!(
        tokio::spawn(is_send(job("abc".into())))
            .await
            .unwrap()
            .unwrap(),
        4
    );
    tokio::spawn(async move {
        let words = vec!["a".to_string(), "b".into()];
        let sum = Mutex::new(0);
        task_group!(|tg| {
            for word in &words {
                let sum = &sum;
                tg.create_task(async move {
                    *sum.lock().unwrap() += length(word).await?;
                    Ok::<_, MyError>(())
                });
            }
        })
        .await
        .unwrap();
        assert_eq!(*sum.lock().unwrap(), 2);
    })
    .await
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn without_a_named_error_nothing_can_fail() {
    let text = String::from("x");
    let result: Result<i32, ExceptionGroup<Infallible>> = task_group!(|tg| {
        tg.create_task(unit(&text));
        7
    })
    .await;
    assert_eq!(result, Ok(7));
}

/// B-193.
#[tokio::test(start_paused = true)]
async fn the_block_waits_for_all_children() {
    let log = Log::new();
    let (log_a, log_b) = (&log, &log);
    task_group!(|tg| {
        tg.create_task(async move {
            sleep(ms(20)).await;
            log_a.add("a");
        });
        tg.create_task(async move {
            sleep(ms(10)).await;
            log_b.add("b");
        });
        log.add("body");
    })
    .await
    .unwrap();
    log.add("after");
    assert_eq!(log.all(), ["body@0", "b@10", "a@20", "after@20"]);
}

/// B-194.
#[tokio::test(start_paused = true)]
async fn an_empty_group_does_not_suspend() {
    let mut group = Box::pin(task_group!(|tg| {
        let _ = &tg;
        1
    }));
    let poll = futures::poll!(&mut group);
    assert_eq!(poll, std::task::Poll::Ready(Ok(1)));
}

/// B-195, B-197.
#[tokio::test(start_paused = true)]
async fn the_first_failure_cancels_the_others_and_awaits_their_cleanup() {
    let log = Log::new();
    let result: Result<(), _> = task_group!(|tg| {
        tg.create_task(fail_after(10, "first"));
        tg.create_task(nested(log.clone()));
        let _guard = log.guard("body", 5);
        pending::<()>().await;
    })
    .await;
    log.add("after");
    assert_eq!(result.unwrap_err().errors(), [MyError("first")]);
    assert_eq!(
        log.all(),
        [
            "inner<@10",
            "body<@10",
            "body>@15",
            "inner>@30",
            "outer<@30",
            "outer>@80",
            "after@80"
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn all_errors_are_in_the_group_the_one_of_the_body_last() {
    let result: Result<(), _> = task_group!(|tg| {
        tg.create_task(async { Err::<(), _>(MyError("child 1")) });
        tg.create_task(async { Ok(()) });
        Err(MyError("body"))
    })
    .await;
    // The body fails first, so no child starts.
    assert_eq!(result.unwrap_err().errors(), [MyError("body")]);

    let result: Result<(), _> = task_group!(|tg| {
        let child = tg.create_task(fail_after(5, "child"));
        let _ = child.await;
        Err(MyError("body"))
    })
    .await;
    // The child's failure and the end of the body come in the same turn.
    let errors = result.unwrap_err();
    assert_eq!(errors.errors().first(), Some(&MyError("child")));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_body_cancels_the_children() {
    let log = Log::new();
    let result: Result<(), _> = task_group!(|tg| {
        tg.create_task(nested(log.clone()));
        sleep(ms(5)).await;
        fail_after(5, "body").await
    })
    .await;
    assert_eq!(result.unwrap_err().errors(), [MyError("body")]);
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_panicking_child_cancels_the_group_and_resumes_after_the_cleanup() {
    let log = Log::new();
    let inner = log.clone();
    let task = create_task(async move {
        let log = inner;
        let _ = task_group!(|tg| {
            tg.create_task(async {
                sleep(ms(1)).await;
                panic!("boom");
            });
            tg.create_task(nested(log.clone()));
        })
        .await;
    });
    assert!(task.outcome().await.is_panicked());
    assert_eq!(
        log.all(),
        ["inner<@1", "inner>@21", "outer<@21", "outer>@71"]
    );
}

/// B-204.
#[tokio::test(start_paused = true)]
async fn cancelling_the_task_cancels_the_children_and_awaits_their_cleanup() {
    let log = Log::new();
    let inner = log.clone();
    let task = create_task(async move {
        let log = inner;
        task_group!(|tg| {
            tg.create_task(nested(log.clone()));
            tg.create_task(nested(log.clone()));
        })
        .await
        .unwrap();
    });
    sleep(ms(10)).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(
        log.all(),
        [
            "inner<@10",
            "inner<@10",
            "inner>@30",
            "inner>@30",
            "outer<@30",
            "outer<@30",
            "outer>@80",
            "outer>@80"
        ],
        "the two clean up side by side",
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_a_group_awaits_its_cleanup() {
    let log = Log::new();
    let result = timeout(
        ms(10),
        task_group!(|tg| {
            tg.create_task(nested(log.clone()));
        }),
    )
    .await;
    assert!(result.is_err());
    log.add("after");
    assert_eq!(log.all().last().map(String::as_str), Some("after@80"));
}

/// B-223, B-225: asyncio raises `RuntimeError` for a child that comes too late.
#[tokio::test(start_paused = true)]
async fn cancelling_the_group_ends_it_without_errors() {
    let log = Log::new();
    let result: Result<(), ExceptionGroup<Infallible>> = task_group!(|tg| {
        tg.create_task(nested(log.clone()));
        sleep(ms(10)).await;
        tg.cancel();
        let late = tg.create_task(unit("late"));
        assert_eq!(
            late.await,
            Err(CancelledError::with_message(
                "the task group is shutting down"
            )),
        );
        pending::<()>().await;
    })
    .await;
    let error = result.unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(error.to_string(), "the TaskGroup was cancelled");
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_value_of_a_body_that_ended_stands_when_the_group_is_cancelled() {
    let result: Result<u8, ExceptionGroup<Infallible>> = task_group!(|tg| {
        let handle = tg.handle();
        tg.create_task(async move {
            sleep(ms(10)).await;
            handle.cancel();
            pending::<()>().await;
        });
        7
    })
    .await;
    assert_eq!(result, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn one_child_can_be_cancelled_alone() {
    let log = Log::new();
    let result: Result<i32, ExceptionGroup<CancelledError>> = task_group!(|tg| {
        let child = tg.create_task(nested(log.clone()));
        let other = tg.create_value(async {
            sleep(ms(100)).await;
            7
        });
        sleep(ms(10)).await;
        assert!(child.cancel());
        assert_eq!(child.await, Err(CancelledError::new()));
        log.add("child done");
        other.await
    })
    .await;
    assert_eq!(result, Ok(7));
    assert_eq!(
        log.all(),
        [
            "inner<@10",
            "inner>@30",
            "outer<@30",
            "outer>@80",
            "child done@80"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn at_most_limit_children_run_at_a_time() {
    let running = Mutex::new((0, 0));
    task_group!(|tg| {
        tg.set_limit(3);
        for _ in 0..10 {
            tg.create_task(async {
                {
                    let mut running = running.lock().unwrap();
                    running.0 += 1;
                    running.1 = running.0.max(running.1);
                }
                sleep(ms(10)).await;
                running.lock().unwrap().0 -= 1;
            });
        }
    })
    .await
    .unwrap();
    assert_eq!(*running.lock().unwrap(), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn start_waits_until_the_child_is_ready() {
    let log = Log::new();
    task_group!(|tg| {
        let ready = tg
            .start(async |status| {
                sleep(ms(10)).await;
                status.started(8080);
                sleep(ms(50)).await;
                log.add("child done");
            })
            .await;
        log.add("ready");
        assert_eq!(ready, Ok(8080));
        let never = tg.start::<(), _, _>(async |status| drop(status)).await;
        assert_eq!(
            never.unwrap_err().message(),
            Some("the child ended before it was ready")
        );
    })
    .await
    .unwrap();
    assert_eq!(log.all(), ["ready@10", "child done@60"]);
}

#[tokio::test(start_paused = true)]
async fn local_children_need_not_be_send() {
    let rc = Rc::new(5);
    let shared = &rc;
    let value = task_group!(
        local | tg | {
            tg.create_task(async move {
                let _held = shared.clone();
                sleep(0).await;
                Ok::<_, u8>(())
            });
            1
        }
    )
    .await;
    assert_eq!(value, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn an_escaped_handle_adds_nothing_to_a_group_that_has_ended() {
    let tg = TaskGroup::<Infallible>::new();
    let handle = tg.handle();
    assert_eq!(tg.run(async { 1 }).await, Ok(1));
    let refused = handle.create_value(async { 2 });
    assert!(refused.done());
    assert!(refused.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn children_and_handles_do_not_keep_each_other_alive() {
    let alive = Rc::new(());
    {
        let tg = TaskGroup::<Infallible, asyncio::Local>::local();
        let (handle, held) = (tg.handle(), alive.clone());
        tg.create_task(async move {
            let _held = (handle, held);
            pending::<()>().await;
        });
    }
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[tokio::test(start_paused = true)]
async fn spawned_children_are_cancelled_with_the_group() {
    let log = Log::new();
    let result: Result<(), _> = task_group!(|tg| {
        tg.spawn({
            let log = log.clone();
            async move {
                nested(log).await;
                Ok::<(), MyError>(())
            }
        });
        fail_after(10, "body").await
    })
    .await;
    assert_eq!(result.unwrap_err().errors(), [MyError("body")]);
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]
    );
}

#[tokio::test(start_paused = true)]
async fn only_children_that_were_woken_are_polled() {
    let polls = std::sync::atomic::AtomicUsize::new(0);
    task_group!(|tg| {
        for i in 0..50u64 {
            let polls = &polls;
            tg.create_task(async move {
                let mut sleep = std::pin::pin!(sleep(ms(1 + i)));
                std::future::poll_fn(|cx| {
                    polls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    sleep.as_mut().poll(cx)
                })
                .await;
            });
        }
    })
    .await
    .unwrap();
    assert_eq!(polls.into_inner(), 100);
}

#[tokio::test(start_paused = true)]
async fn cleanup_handed_over_in_the_body_is_awaited() {
    let log = Log::new();
    task_group!(|tg| {
        let _ = &tg;
        let log2 = log.clone();
        drop(finally(async move {
            sleep(0.01).await;
            log2.add("cleaned");
        }));
    })
    .await
    .unwrap();
    assert_eq!(log.all(), ["cleaned@10"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_may_run_forever() {
    let result: Result<(), _> = task_group!(|tg| {
        tg.create_task(async {
            loop {
                sleep(ms(1)).await;
            }
        });
        fail_after(10, "body").await
    })
    .await;
    assert_eq!(result.unwrap_err().errors(), [MyError("body")]);
}

/// B-199.
#[tokio::test(start_paused = true)]
async fn all_that_fail_in_one_turn_are_in_the_group() {
    let result: Result<(), _> = task_group!(|tg| {
        for what in ["first", "second", "third"] {
            tg.create_task(fail_after(10, what));
        }
    })
    .await;
    let errors = result.unwrap_err();
    assert_eq!(errors.errors(), ["first", "second", "third"].map(MyError));
}

/// B-213.
#[tokio::test]
#[should_panic(expected = "the task group has already been entered")]
async fn a_group_runs_once() {
    let tg = TaskGroup::<Infallible>::new();
    tg.run(async {}).await.unwrap();
    drop(tg.run(async {}));
}

/// B-224: as a task that cancels itself, and as with a limit of zero.
#[tokio::test(start_paused = true)]
async fn a_group_that_is_cancelled_before_it_runs_ends_at_its_first_suspension() {
    let tg = TaskGroup::<Infallible>::new();
    tg.cancel();
    let log = Log::new();
    let ended = tg.run(async {
        log.add("body");
        sleep(ms(10)).await;
        log.add("never");
    });
    assert!(ended.await.unwrap_err().is_cancelled());
    assert_eq!(log.all(), ["body@0"]);
}

/// B-198, where the panic is an exception of the group.
#[tokio::test(start_paused = true)]
async fn errors_that_a_panic_takes_the_place_of_are_reported() {
    let reports = common::report::capture();
    let group = task_group!(|tg| {
        tg.create_task(fail_after(10, "first"));
        let _guard = finally(async { panic!("boom") });
        pending::<()>().await;
    });
    let ended = std::panic::AssertUnwindSafe(group).catch_unwind().await;
    assert!(ended.is_err());
    assert_eq!(
        reports.matching("a task group panicked; its 1 error (`taskgroups::MyError`)"),
        1
    );
}

#[asyncio::test]
async fn the_group_says_which_child_failed() {
    let line = line!() + 3;
    let result = task_group!(|tg| {
        tg.set_limit(9);
        tg.create_task(fail_after(1, "plain"));
        tg.create_task(fail_after(1, "named")).set_name("disk");
        let handle = tg.handle();
        tg.create_value(async move {
            let child = handle.create_task(fail_after(1, "grandchild"));
            child.set_name("small");
        });
        sleep(0.001).await;
        Err::<(), _>(MyError("body"))
    })
    .await;
    let group = result.unwrap_err();
    let place = |index| match group.origin(index) {
        Some(Origin::Child { place, .. }) => Some((place.file(), place.line() - line)),
        _ => None,
    };
    let named = |name| (0..group.errors().len()).find(|i| group.origin(*i).unwrap().name() == name);
    for (name, error, at) in [(Some("disk"), "named", 1), (Some("small"), "grandchild", 4)] {
        let index = named(name).unwrap();
        assert_eq!(
            (group.errors()[index].0, place(index)),
            (error, Some((file!(), at)))
        );
    }
    assert_eq!(place(0), Some((file!(), 0)));
    assert_eq!(group.origin(3), Some(&Origin::Body), "last");
    assert_eq!(group.origin(4), None);
    let text = format!("{group:#}");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "unhandled errors in a TaskGroup (4 sub-exceptions)"
    );
    assert_eq!(
        lines[1],
        format!("  the child created at {}:{line}:12: plain", file!())
    );
    assert_eq!(
        lines[2],
        format!(
            "  child `disk`, created at {}:{}:12: named",
            file!(),
            line + 1
        )
    );
    assert_eq!(lines[4], "  the body: body");

    // Where they come from goes with the errors.
    let (disk, others) = group.split(|error| error.0 == "named");
    let disk = disk.unwrap().map(|error| error.0.len());
    assert_eq!(
        (disk.errors(), disk.origin(0).unwrap().name()),
        (&[5][..], Some("disk"))
    );
    assert_eq!(others.unwrap().origin(2), Some(&Origin::Body));
    assert_eq!(ExceptionGroup::new(vec![1]).origin(0), None, "made by hand");
    assert_eq!(
        disk,
        ExceptionGroup::new(vec![5]),
        "only the errors are compared"
    );
}

#[asyncio::test]
async fn the_group_says_which_spawned_child_failed() {
    let result = task_group!(|tg| {
        tg.spawn(fail_after(1, "x")).set_name("net");
    })
    .await;
    let group = result.unwrap_err();
    assert_eq!(group.origin(0).unwrap().name(), Some("net"));
}

#[asyncio::test]
async fn children_have_names() {
    let names = task_group!(|tg| {
        let child = tg.create_task(unit("x"));
        assert_eq!(
            child.name(),
            None,
            "as in a `gather!`, unless it is given one"
        );
        child.set_name("first");
        child.set_name("second");
        let spawned =
            tg.spawn(async { Ok::<_, Infallible>(asyncio::current_task().unwrap().name()) });
        spawned.set_name("task");
        (child.name(), spawned.await.unwrap())
    })
    .await
    .unwrap();
    assert_eq!(names.0.as_deref(), Some("second"));
    assert_eq!(&*names.1, "task", "a spawned child is a task of that name");
}

/// B-198, B-200.
#[tokio::test(start_paused = true)]
async fn cleanup_that_fails_can_tell_the_group() {
    let (send, receive) = std::sync::mpsc::channel();
    let group = task_group!(move |tg| {
        let handle = tg.handle();
        send.send(handle.clone()).unwrap();
        tg.create_task(async move {
            let _guard = finally(async move { handle.fail(MyError("cleanup")).unwrap() });
            pending::<()>().await;
        });
        sleep(ms(10)).await;
        Err::<(), _>(MyError("body"))
    });
    let errors = group.await.unwrap_err();
    assert_eq!(errors.errors(), [MyError("cleanup"), MyError("body")]);
    let handle = receive.recv().unwrap();
    assert_eq!(handle.fail(MyError("too late")), Err(MyError("too late")));
}

#[tokio::test(start_paused = true)]
async fn to_tell_the_group_of_an_error_cancels_it() {
    let group = task_group!(|tg| {
        let handle = tg.handle();
        tg.create_task(async move {
            sleep(ms(10)).await;
            handle.fail(MyError("told")).unwrap();
        });
        pending::<()>().await;
    });
    let errors = group.await.unwrap_err();
    assert_eq!(errors.errors(), [MyError("told")]);
    let told = errors.origin(0).unwrap().to_string();
    assert!(
        told.starts_with("told at ") && told.contains(file!()),
        "{told}"
    );
}

#[test]
fn a_child_can_be_cancelled_when_its_group_is_gone() {
    type Group = TaskGroup<'static, Infallible>;
    let unstarted = {
        let tg = Group::new();
        tg.create_value(pending::<()>())
    };
    assert!(!unstarted.cancel() && unstarted.cancelled());

    let dropped = {
        let tg = Group::new();
        let child = tg.create_value(pending::<()>());
        assert!(tg.run(pending::<()>()).now_or_never().is_none());
        child
    };
    assert!(!dropped.cancel() && dropped.cancelled());

    let forgotten = {
        let tg = Group::new();
        let child = tg.create_value(pending::<()>());
        let mut run = Box::pin(tg.run(pending::<()>()));
        assert!(run.as_mut().now_or_never().is_none());
        std::mem::forget(run);
        child
    };
    assert!(forgotten.cancel(), "it is neither done nor dropped");
}

#[test]
fn a_value_that_nobody_awaits_panics_in_its_group_when_it_is_dropped() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let tg = TaskGroup::<Infallible>::new();
    drop(tg.create_value(async { Panics }));
    let run = AssertUnwindSafe(|| tg.run(async {}).now_or_never());
    let payload = catch_unwind(run).expect_err("it panics");
    assert_eq!(payload.downcast_ref(), Some(&"dropped"));
}
