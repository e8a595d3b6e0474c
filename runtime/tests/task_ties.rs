//! `Task::cancel_on_drop` and `Task::finished`.

mod common;

use asyncio::{CancelledError, Task, as_completed, create_task, gather, sleep, timeout};
use common::{Log, ms};
use std::future::{Future, pending};

fn run<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

/// A task that never ends by itself, and takes so long to clean up.
fn hangs(log: &Log, name: &'static str, cleanup: u64) -> Task<()> {
    let log = log.clone();
    create_task(async move {
        let _guard = log.guard(name, cleanup);
        pending::<()>().await;
    })
}

/// B-074.
#[test]
fn to_cancel_the_awaiter_cancels_the_task_first_and_awaits_its_cleanup() {
    run(async {
        let log = Log::new();
        let inner = hangs(&log, "inner", 20);
        let in_outer = log.clone();
        let outer = create_task(async move {
            let _guard = in_outer.guard("outer", 0);
            drop(inner.cancel_on_drop().await);
        });
        sleep(ms(10)).await;
        outer.cancel();
        assert!(outer.await.is_err());
        assert_eq!(
            log.all(),
            ["inner<@10", "inner>@30", "outer<@30", "outer>@30"]
        );
    });
}

/// B-147.
#[test]
fn a_time_limit_cancels_the_task_and_awaits_its_cleanup() {
    run(async {
        let log = Log::new();
        let task = hangs(&log, "task", 20);
        let handle = task.handle();
        sleep(0).await;
        assert!(timeout(ms(10), task.cancel_on_drop()).await.is_err());
        assert!(handle.cancelled());
        assert_eq!(log.all(), ["task<@10", "task>@30"]);
    });
}

/// B-188.
#[test]
fn a_second_cancellation_interrupts_the_cleanup_of_the_task() {
    run(async {
        let log = Log::new();
        let inner = hangs(&log, "inner", 20);
        let handle = inner.handle();
        let outer = create_task(inner.cancel_on_drop());
        for _ in 0..2 {
            sleep(ms(10)).await;
            outer.cancel();
        }
        assert!(outer.await.is_err());
        sleep(0).await;
        assert!(handle.cancelled());
        assert_eq!(log.all(), ["inner<@10"]);
    });
}

#[test]
fn a_task_that_is_done_is_left_as_it_is() {
    run(async {
        let task = create_task(async { 7 });
        sleep(0).await;
        let handle = task.handle();
        drop(task.cancel_on_drop());
        assert!(handle.done() && !handle.cancelled());
        assert_eq!(create_task(async { 7 }).cancel_on_drop().await, Ok(7));
    });
}

#[test]
fn a_branch_that_is_dropped_cancels_its_task() {
    run(async {
        let log = Log::new();
        let task = hangs(&log, "task", 20);
        let fails = async {
            sleep(ms(10)).await;
            Err::<(), _>(CancelledError::with_message("fails"))
        };
        assert!(gather!(fails, task.cancel_on_drop()).await.is_err());
        assert_eq!(log.all(), ["task<@10", "task>@30"]);
    });
}

/// Where there is no runtime nobody can wait for it.
#[test]
fn it_can_be_dropped_outside_of_a_runtime() {
    let mut task = None;
    run(async { task = Some(create_task(async { 7 }).cancel_on_drop()) });
    drop(task);
}

/// B-229.
#[test]
fn finished_tasks_come_one_after_the_other_with_their_outcomes_in_them() {
    run(async {
        let sleeps = |millis| {
            create_task(async move {
                sleep(ms(millis)).await;
                millis
            })
        };
        let mut finished = as_completed([20, 10].map(sleeps).map(Task::finished));
        for expected in [10, 20] {
            let task = finished.next().await.unwrap();
            assert!(task.done());
            assert_eq!(task.await, Ok(expected));
        }
        assert!(finished.next().await.is_none());
    });
}
