//! `shield`: CHECKLIST group H.

mod common;

use asyncio::{CancelledError, create_task, gather, set_exception_handler, shield, sleep, timeout};
use common::{Log, ms};
use std::future::{Future, pending};
use std::sync::{Arc, Mutex};

fn run<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

async fn saves(log: Log, name: &'static str, takes: u64) -> &'static str {
    sleep(ms(takes)).await;
    log.add(name);
    name
}

/// B-183.
#[test]
fn it_gives_what_the_future_gives() {
    run(async {
        let log = Log::new();
        assert_eq!(shield(saves(log, "r", 1)).await, "r");
        assert_eq!(shield(async { Err::<(), _>("k") }).await, Err("k"));
        assert_eq!(shield(create_task(async { 7 })).await, Ok(7));
    });
}

/// B-184.
#[test]
fn what_is_shielded_outlives_whoever_awaits_it() {
    run(async {
        let log = Log::new();
        let task = create_task(shield(saves(log.clone(), "inner", 3)));
        sleep(ms(1)).await;
        task.cancel();
        assert!(task.await.is_err());
        log.add("outer");
        sleep(ms(5)).await;
        assert_eq!(log.all(), ["outer@1", "inner@3"]);
    });
}

/// It starts at once, awaited or not.
#[test]
fn it_need_not_be_awaited() {
    run(async {
        let log = Log::new();
        drop(shield(saves(log.clone(), "inner", 3)));
        sleep(ms(5)).await;
        assert_eq!(log.all(), ["inner@3"]);
    });
}

/// B-187.
#[test]
fn a_failure_that_nobody_awaits_any_more_is_reported() {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = reports.clone();
    set_exception_handler(Some(Box::new(move |context| {
        sink.lock().unwrap().push(context.message());
    })));
    run(async {
        let fails = async {
            sleep(ms(3)).await;
            Err::<(), _>("x")
        };
        assert!(timeout(ms(1), shield(fails)).await.is_err());
        sleep(ms(5)).await;
    });
    set_exception_handler(None);
    assert_eq!(
        *reports.lock().unwrap(),
        ["Task exception was never retrieved"]
    );
}

/// B-189, B-190.
#[test]
fn gathers_in_shields_and_shields_in_gathers_run_on() {
    run(async {
        let log = Log::new();
        let inner = log.clone();
        let both = async move {
            gather!(saves(inner.clone(), "a", 2), saves(inner, "b", 3)).await;
        };
        assert!(timeout(ms(1), shield(both)).await.is_err());
        let (c, d) = (saves(log.clone(), "c", 4), saves(log.clone(), "d", 5));
        let shields = async move { gather!(shield(c), shield(d)).await };
        assert!(timeout(ms(1), shields).await.is_err());
        sleep(ms(10)).await;
        assert_eq!(log.all(), ["a@2", "b@3", "c@5", "d@6"]);
    });
}

/// B-191.
#[test]
fn the_end_of_the_run_is_the_end_of_what_is_shielded() {
    let log = Arc::new(Mutex::new(Vec::new()));
    run(async {
        let log = log.clone();
        drop(shield(async move {
            let cleaned = log.clone();
            let _guard = asyncio::finally(async move {
                sleep(ms(3)).await;
                cleaned.lock().unwrap().push("cleaned");
            });
            sleep(ms(10)).await;
            log.lock().unwrap().push("never");
        }));
        sleep(ms(1)).await;
    });
    assert_eq!(*log.lock().unwrap(), ["cleaned"]);
}

/// To stop awaiting a task never cancels it: what Python needs `shield` for is the default.
#[test]
fn a_task_is_shielded_by_itself() {
    run(async {
        let log = Log::new();
        let mut task = create_task(saves(log, "r", 3));
        assert!(timeout(ms(1), &mut task).await.is_err());
        assert_eq!(task.await, Ok("r"));
    });
}

/// Who awaits it outside of the tasks of this crate cannot be cancelled.
#[tokio::test(start_paused = true)]
#[should_panic(expected = "the task behind a `shield` was cancelled")]
async fn without_a_task_to_cancel_it_panics() {
    let shield = shield(pending::<Result<(), CancelledError>>());
    sleep(ms(1)).await;
    for task in asyncio::all_tasks() {
        task.cancel();
    }
    let _ = shield.await;
}
