//! What a future says that is polled after it was done: a mistake of whoever wrote the loop around it, and
//! never a value.

use asyncio::{
    CancelScope, Queue, TaskGroup, create_future, create_task, gather, move_on_after, scope,
    shield, sleep, timeout, timeout_at, to_thread, wait, wait_first, wait_for,
};
use std::convert::Infallible;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What it says, the second time.
async fn says<F: Future>(future: F) -> String {
    let mut future = Box::pin(future);
    drop(future.as_mut().await);
    poll_fn(|cx| {
        let again = || Pin::new(&mut future).poll(cx).map(drop);
        Poll::Ready(match catch_unwind(AssertUnwindSafe(again)) {
            Ok(polled) => format!("nothing, but {polled:?}"),
            Err(payload) => match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
            },
        })
    })
    .await
}

macro_rules! assert_says {
    ($($future:expr => $what:expr,)*) => { $(
        assert_eq!(says($future).await, $what, "{}", stringify!($future));
    )* };
}

#[asyncio::test(real_time)]
async fn every_future_says_what_was_wrong() {
    let now = tokio::time::Instant::now();
    let canceller = CancelScope::new();
    let group = TaskGroup::<Infallible>::new();
    let queue = Queue::new(1);
    queue.put_nowait(1).unwrap();
    let (one, two) = (ready(1), ready(2));
    assert_says! {
        gather!(one, two) => "a gather was polled again after it was done",
        gather!(ready(1), sleep(0.001), ready(2), ready(3)) => "a gather was polled again after it was done",
        gather!(..[ready(1), ready(2)]) => "a gather was polled again after it was done",
        gather!(..[ready(1), ready(2)], limit = 1) => "a gather was polled again after it was done",
        timeout(1, ready(1)) => "a time limit was polled again after it was done",
        timeout(0.001, sleep(60)) => "a time limit was polled again after it was done",
        timeout_at(now, sleep(60)) => "a time limit was polled again after it was done",
        wait_for(ready(1), 1) => "a time limit was polled again after it was done",
        move_on_after(1, ready(1)) => "a time limit was polled again after it was done",
        scope(ready(1)) => "`scope` was polled again after it was done",
        canceller.run(ready(1)) => "a `CancelScope` was polled again after it was done",
        group.run(ready(1)) => "a task group was polled again after it was done",
        create_task(async {}) => "task polled after it gave its outcome",
        create_task(async {}).outcome() => "task polled after it gave its outcome",
        wait(vec![create_task(async {})]) => "a wait was polled again after it was done",
        wait_first!(create_task(async {})) => "`wait_first!` was polled again after it was done",
        wait_first!(..[create_task(async {})]) => "`wait_first!` was polled again after it was done",
        to_thread(|| 1) => "`to_thread` polled after it gave its value",
        queue.get() => "future polled after it was done",
    }
}

#[asyncio::test]
async fn also_what_a_shield_and_a_child_give() {
    assert!(says(shield(create_task(async {}))).await.contains("polled"));
    let group = TaskGroup::<Infallible>::new();
    let child = group.create_task(async {});
    group.run(async {}).await.unwrap();
    assert_eq!(
        says(child).await,
        "child of a task group polled after it gave its value"
    );
}

/// A sleep that is over stays so.
#[asyncio::test]
async fn a_sleep_stays_done_and_a_value_is_given_once() {
    assert_eq!(says(sleep(0)).await, "nothing, but Ready(())");
    let (setter, value) = create_future::<u32>();
    setter.set_result(1).unwrap();
    assert_eq!(says(value).await, "future polled after it was done");
}
