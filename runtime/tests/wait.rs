//! `wait`. The comments name the items of the conformance checklist.

use asyncio::{
    ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, ReturnWhen, Task, create_task, sleep, wait,
};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// What the tasks here give: their name, or an error.
type Named = Result<&'static str, String>;

fn after(seconds: u64, name: &'static str) -> Task<Named> {
    let task = async move {
        sleep(seconds).await;
        Ok(name)
    };
    Task::builder().name(name).spawn(task)
}

fn fails_after(seconds: u64, name: &'static str) -> Task<Named> {
    let task = async move {
        sleep(seconds).await;
        Err(format!("{name} failed"))
    };
    Task::builder().name(name).spawn(task)
}

fn names(tasks: &[Task<Named>]) -> Vec<String> {
    tasks.iter().map(|task| task.name().to_string()).collect()
}

async fn values(tasks: Vec<Task<Named>>) -> Vec<Named> {
    let mut values = Vec::new();
    for task in tasks {
        values.push(task.await.expect("the task was not cancelled"));
    }
    values
}

#[tokio::test(start_paused = true)]
async fn first_completed_returns_at_the_first_and_the_others_run_on() {
    // B-116
    let begun = Instant::now();
    let tasks = [after(1, "a"), after(2, "b"), after(3, "c")];
    let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
    assert_eq!(names(&done), ["a"]);
    assert_eq!(names(&pending), ["b", "c"]);
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    assert_eq!(values(pending).await, [Ok("b"), Ok("c")]);
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn all_that_are_done_by_then_are_in_done() {
    // B-117
    let tasks = [after(1, "a"), after(1, "b")];
    let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
    assert_eq!(names(&done), ["a", "b"]);
    assert!(pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn first_exception_returns_at_the_first_failure() {
    // B-118
    let begun = Instant::now();
    let tasks = [after(1, "a"), fails_after(2, "b"), after(3, "c")];
    let (done, pending) = wait(tasks).return_when(FIRST_EXCEPTION).await;
    assert_eq!(names(&done), ["a", "b"]);
    assert_eq!(names(&pending), ["c"]);
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    assert_eq!(values(done).await, [Ok("a"), Err("b failed".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_exception() {
    let task = create_task(async { panic!("oh no") });
    let (done, pending) = wait([task, create_task(std::future::pending::<()>())])
        .return_when(FIRST_EXCEPTION)
        .await;
    assert_eq!(pending.len(), 1);
    for task in done {
        assert!(task.failed());
        let outcome = task.outcome().await;
        assert!(matches!(outcome, asyncio::Outcome::Panicked(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn first_exception_without_a_failure_waits_for_all() {
    // B-119
    let begun = Instant::now();
    let tasks = [after(1, "a"), after(2, "b"), after(3, "c")];
    let (done, pending) = wait(tasks).return_when(FIRST_EXCEPTION).await;
    assert_eq!(names(&done), ["a", "b", "c"]);
    assert!(pending.is_empty());
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_task_is_no_exception() {
    // B-120
    let begun = Instant::now();
    let tasks = [after(1, "a"), after(2, "b"), after(3, "c")];
    tasks[1].cancel();
    let (done, pending) = wait(tasks).return_when(FIRST_EXCEPTION).await;
    assert_eq!(names(&done), ["a", "b", "c"]);
    assert!(pending.is_empty());
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_task_is_completed() {
    // B-121
    let begun = Instant::now();
    let tasks = [after(1, "a"), after(2, "b")];
    let canceller = tasks[0].canceller();
    drop(create_task(async move {
        sleep(0.5).await;
        canceller.cancel();
    }));
    let (done, _pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
    assert_eq!(names(&done), ["a"]);
    assert!(done[0].cancelled());
    assert_eq!(begun.elapsed(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn by_default_it_waits_for_all_however_they_end() {
    // B-122
    let begun = Instant::now();
    let tasks = [fails_after(1, "a"), after(3, "b"), after(9, "c")];
    tasks[2].cancel();
    let (done, pending) = wait(tasks).await;
    assert_eq!(names(&done), ["a", "b", "c"]);
    assert!(pending.is_empty());
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(ReturnWhen::default(), ALL_COMPLETED);
}

#[tokio::test(start_paused = true)]
async fn on_timeout_it_returns_what_there_is_and_cancels_nothing() {
    // B-123
    let begun = Instant::now();
    let tasks = [after(1, "a"), after(2, "b"), after(3, "c")];
    let (done, pending) = wait(tasks).timeout(1.5).await;
    assert_eq!(names(&done), ["a"]);
    assert_eq!(names(&pending), ["b", "c"]);
    assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    assert_eq!(values(pending).await, [Ok("b"), Ok("c")]);
}

#[tokio::test(start_paused = true)]
async fn with_no_time_the_tasks_begin() {
    // B-124, B-125
    for limit in [0, -1] {
        let started = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let started = started.clone();
                create_task(async move {
                    started.fetch_add(1, Ordering::Relaxed);
                    sleep(1).await;
                })
            })
            .collect();
        let begun = Instant::now();
        let (done, pending) = wait(tasks).timeout(limit).await;
        assert_eq!((done.len(), pending.len()), (0, 3));
        assert_eq!(started.load(Ordering::Relaxed), 3);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_tie_the_one_that_began_first_wins() {
    let in_a_task = create_task(async {
        // B-126: the task waits already when the wait begins.
        let tasks = [after(1, "a"), after(2, "b")];
        sleep(0).await;
        let (done, pending) = wait(tasks).timeout(1).await;
        assert_eq!(
            (names(&done).concat(), names(&pending).concat()),
            ("a".into(), "b".into())
        );
        // B-127: the task begins after the wait.
        let (done, pending) = wait([after(1, "a")]).timeout(1).await;
        assert_eq!((done.len(), pending.len()), (0, 1));
    });
    assert_eq!(in_a_task.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn the_others_have_a_turn_even_if_all_is_done() {
    // B-128
    let task = after(0, "a");
    while !task.done() {
        sleep(0).await;
    }
    let turns = Arc::new(AtomicUsize::new(0));
    let other = turns.clone();
    drop(create_task(async move {
        other.fetch_add(1, Ordering::Relaxed);
    }));
    let begun = Instant::now();
    let (done, _) = wait([task]).await;
    assert_eq!(done.len(), 1);
    assert_eq!(turns.load(Ordering::Relaxed), 1);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[test]
#[should_panic(expected = "`wait` needs at least one task")]
fn nothing_to_wait_for_panics() {
    // B-129
    drop(wait(Vec::<Task<()>>::new()));
}

#[tokio::test(start_paused = true)]
async fn it_takes_any_iterator() {
    // B-134
    let (done, _) = wait((0..3).map(|i| create_task(async move { i }))).await;
    let mut values = Vec::new();
    for task in done {
        values.push(task.await.unwrap());
    }
    assert_eq!(values, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_wait_cancels_nothing() {
    // B-135
    let finished = Arc::new(AtomicUsize::new(0));
    let count = finished.clone();
    let task = create_task(async move {
        sleep(3).await;
        count.fetch_add(1, Ordering::Relaxed);
    });
    let waiting = tokio::time::timeout(Duration::from_secs(1), wait([task]));
    assert!(waiting.await.is_err());
    sleep(3).await;
    assert_eq!(finished.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn only_tasks_that_finish_make_it_look() {
    let polls = Cell::new(0);
    let tasks: Vec<_> = (0..100).map(|i| create_task(sleep(i % 3 + 1))).collect();
    let mut waiting = pin!(wait(tasks));
    let (done, _) = poll_fn(|cx| {
        polls.set(polls.get() + 1);
        waiting.as_mut().poll(cx)
    })
    .await;
    assert_eq!(done.len(), 100);
    // Its first turn, the look at all of them, and one a second.
    assert!(polls.get() <= 6, "polled {} times", polls.get());
}

#[tokio::test(start_paused = true)]
async fn polling_after_the_end_panics() {
    let mut waiting = pin!(wait([after(0, "a")]));
    assert_eq!(waiting.as_mut().await.0.len(), 1);
    let again = poll_fn(|cx| {
        let poll = catch_unwind(AssertUnwindSafe(|| waiting.as_mut().poll(cx).is_ready()));
        Poll::Ready(poll.unwrap_err())
    });
    assert_eq!(
        again.await.downcast_ref(),
        Some(&"a wait was polled again after it was done")
    );
}

#[asyncio::test]
async fn the_first_of_so_many_that_they_take_more_than_a_word() {
    for first in [0, 1, 63, 64, 127, 129] {
        let wait_for = |i| if i == first { 1 } else { 2 };
        let tasks: Vec<_> = (0..130).map(|i| create_task(sleep(wait_for(i)))).collect();
        let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
        assert_eq!((done.len(), pending.len()), (1, 129));
        let (done, pending) = wait(done.into_iter().chain(pending)).await;
        assert_eq!((done.len(), pending.len()), (130, 0));
    }
}

#[asyncio::test]
async fn a_task_that_is_done_at_once_is_enough_and_the_others_wake_whoever_awaits_them_next() {
    let tasks = [after(1, "a"), after(0, "b"), after(2, "c")];
    let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
    assert_eq!(
        (names(&done), names(&pending)),
        (vec!["b".into()], vec!["a".into(), "c".into()])
    );
    let (done, pending) = wait(pending).return_when(FIRST_COMPLETED).await;
    assert_eq!(
        (names(&done), names(&pending)),
        (vec!["a".into()], vec!["c".into()])
    );
    assert_eq!(values(pending).await, [Ok("c")]);
}
