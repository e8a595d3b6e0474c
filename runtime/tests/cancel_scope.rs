//! Trio's cancel scopes, and cancellers.

mod common;

use asyncio::{CancelScope, CancelledError, create_task, task_group};
use common::{Log, ms, nested};
use std::future::pending;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

#[tokio::test(start_paused = true)]
async fn cancelling_awaits_the_cleanup_and_gives_the_reason() {
    let log = Log::new();
    let scope = CancelScope::new();
    let canceller = scope.canceller();
    create_task(async move {
        sleep(ms(10)).await;
        assert!(canceller.cancel_with("enough"));
        assert!(!canceller.cancel(), "once only");
    });
    let result = scope.run(nested(log.clone())).await;
    assert_eq!(result, Err(CancelledError::with_message("enough")));
    assert!(scope.cancel_called() && scope.cancelled_caught());
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@30", "outer<@30", "outer>@80"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_scope_starts_nothing() {
    let scope = CancelScope::new();
    assert_eq!(scope.run(async { 1 }).await, Ok(1));
    scope.cancel();
    assert!(!scope.cancelled_caught());
    let result = scope.run(async { panic!("started") }).await;
    assert_eq!(result, Err::<(), _>(CancelledError::new()));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_came_in_time_stands() {
    let scope = CancelScope::new();
    let result = scope
        .run(async {
            scope.cancel();
            5
        })
        .await;
    assert_eq!(result, Ok(5));
}

#[tokio::test(start_paused = true)]
async fn several_runs_are_cancelled_together() {
    let scope = CancelScope::new();
    let (a, b) = (scope.clone(), scope.clone());
    let a = create_task(async move { a.run(pending::<()>()).await });
    let b = create_task(async move { b.run(pending::<()>()).await });
    sleep(ms(1)).await;
    assert!(scope.cancel());
    assert!(a.await.unwrap().is_err());
    assert!(b.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_foreign_token_can_cancel_a_scope() {
    let (tx, rx) = tokio::sync::oneshot::channel::<()>();
    let scope = CancelScope::new();
    let stop = scope.canceller();
    create_task(async move {
        let _ = rx.await;
        stop.cancel();
    });
    drop(tx);
    assert!(scope.run(pending::<()>()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_token_of_tokio_util_can_cancel_a_scope() {
    let (log, token) = (Log::new(), CancellationToken::new());
    let (scope, other) = (CancelScope::new(), CancelScope::new());
    let stop = token.child_token();
    create_task(async move {
        sleep(ms(10)).await;
        token.cancel();
    });
    let run = scope
        .run(nested(log.clone()))
        .cancelled_by(stop.cancelled());
    assert_eq!(run.await, Err(CancelledError::new()));
    assert_eq!(
        log.all(),
        ["inner<@10", "inner>@30", "outer<@30", "outer>@80"],
        "the cleanup is awaited"
    );
    assert!(scope.cancelled_caught());
    // One that is cancelled already starts nothing.
    let never = other.run(async { panic!("started") });
    let never: Result<(), _> = never.cancelled_by(stop.cancelled()).await;
    assert_eq!(never, Err(CancelledError::new()));
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_does_not_come_changes_nothing() {
    let scope = CancelScope::new();
    let run = scope.run(async { 5 }).cancelled_by(sleep(ms(1)));
    assert_eq!(run.await, Ok(5));
    assert!(!scope.cancel_called());
    let token = CancellationToken::new();
    let guard = token.clone().drop_guard();
    let work = async {
        drop(guard);
        sleep(ms(1)).await;
    };
    let run = scope.run(work).cancelled_by(token.cancelled());
    assert!(run.await.is_err(), "it may come from inside");
}

#[tokio::test(start_paused = true)]
async fn a_group_has_a_canceller() {
    let result: Result<(), asyncio::ExceptionGroup<std::convert::Infallible>> = task_group!(|tg| {
        let canceller = tg.canceller();
        create_task(async move {
            sleep(ms(5)).await;
            assert!(canceller.cancel());
        });
        tg.create_task(pending::<()>());
        pending::<()>().await;
    })
    .await;
    assert!(result.unwrap_err().is_cancelled());
}
