//! `create_future`: `asyncio.Future` (test_futures; B-018, B-019, B-024, B-025).

mod support;

use asyncio::{CancelledError, InvalidStateError, create_future, set_exception_handler};
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use support::{Log, Loop, block_or_give_up, on_threads, poll_once};

#[test]
fn the_value_that_is_set_is_what_awaiting_gives() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (setter, future) = create_future();
    event_loop.spawn_into(&log, future);
    event_loop.run();
    assert!(log.take().is_empty() && !setter.done());
    setter.set_result(7).unwrap();
    assert!(setter.done() && !setter.cancelled());
    event_loop.run();
    assert_eq!(log.take(), [Ok(7)]);
}

#[test]
fn awaiting_a_future_that_is_done_does_not_yield() {
    let (setter, future) = create_future();
    setter.set_result(7).unwrap();
    assert_eq!(poll_once(future), Some(Ok(7)));
}

#[test]
fn the_second_value_is_refused_and_comes_back() {
    let (setter, future) = create_future();
    let other = setter.clone();
    setter.set_result("first").unwrap();
    let error = other.set_result("second").unwrap_err();
    assert_eq!(error.to_string(), "the future is done already");
    assert_eq!(error.0, "second");
    assert_eq!(
        InvalidStateError::from(error).to_string(),
        "the future is done already"
    );
    assert_eq!(poll_once(future), Some(Ok("first")));
}

#[test]
fn an_exception_is_the_err_of_a_result() {
    let (setter, future) = create_future::<Result<u32, &str>>();
    setter.set_exception("no").unwrap();
    assert_eq!(poll_once(future), Some(Ok(Err("no"))));
}

#[test]
fn the_result_before_it_is_set_is_an_invalid_state() {
    let (setter, mut future) = create_future();
    assert_eq!(
        future.result().unwrap_err().to_string(),
        "the result is not set"
    );
    setter.set_result(1).unwrap();
    assert_eq!(future.result(), Ok(Ok(1)));
    assert_eq!(
        future.result().unwrap_err().to_string(),
        "the result was taken"
    );
}

#[test]
fn a_cancelled_future_stays_cancelled() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (setter, mut future) = create_future();
    assert!(future.cancel_with("m"));
    assert!(future.cancelled() && future.done());
    assert!(!future.cancel() && !setter.cancel());
    assert_eq!(setter.set_result(1).unwrap_err().0, 1);
    assert_eq!(future.result(), Ok(Err(CancelledError::with_message("m"))));
    event_loop.spawn_into(&log, future);
    event_loop.run();
    assert_eq!(log.take(), [Err(CancelledError::with_message("m"))]);
}

#[test]
fn a_future_that_is_done_cannot_be_cancelled() {
    let (setter, future) = create_future();
    setter.set_result(1).unwrap();
    assert!(!future.cancel() && !setter.cancelled());
    drop(setter);
    assert_eq!(poll_once(future), Some(Ok(1)));
}

#[test]
fn dropping_the_last_setter_cancels() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (setter, future) = create_future::<u32>();
    let other = setter.clone();
    event_loop.spawn_into(&log, future);
    event_loop.run();
    drop(setter);
    event_loop.run();
    assert!(log.take().is_empty());
    drop(other);
    event_loop.run();
    assert_eq!(
        log.take(),
        [Err(CancelledError::with_message(
            "nobody is left to set it"
        ))]
    );
}

#[test]
fn dropping_the_future_is_seen_by_the_setter() {
    let (setter, future) = create_future();
    assert_eq!(
        format!("{setter:?} {future:?}"),
        "FutureSetter(pending) FutureValue(pending)"
    );
    drop(future);
    assert!(setter.cancelled());
    assert_eq!(setter.set_result(1).unwrap_err().0, 1);
}

#[test]
fn a_value_that_nobody_takes_is_dropped_with_the_future() {
    let (setter, future) = create_future();
    let value = Arc::new(());
    setter.set_result(value.clone()).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(future);
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(!setter.cancelled());
}

#[test]
fn callbacks_run_in_order_also_if_one_panics() {
    let (setter, future) = create_future();
    let log = Arc::new(Mutex::new(Vec::new()));
    for name in 0..3 {
        let log = log.clone();
        future.add_done_callback(move || {
            log.lock().unwrap().push(name);
            if name == 1 {
                resume_unwind(Box::new("from the callback"));
            }
        });
    }
    assert!(log.lock().unwrap().is_empty());
    catch_unwind(AssertUnwindSafe(|| setter.set_result(5))).unwrap_err();
    assert_eq!(*log.lock().unwrap(), [0, 1, 2]);
    let inner = log.clone();
    future.add_done_callback(move || inner.lock().unwrap().push(9));
    assert_eq!(*log.lock().unwrap(), [0, 1, 2, 9]);
    assert_eq!(poll_once(future), Some(Ok(5)));
}

#[test]
fn threads_meet() {
    for _ in 0..300 {
        let (setter, future) = create_future();
        let ends = Mutex::new((Some(setter), Some(future)));
        on_threads(2, move |index, random| {
            if index == 0 {
                let setter = ends.lock().unwrap().0.take().unwrap();
                let _ = setter.set_result(3);
            } else {
                let future = ends.lock().unwrap().1.take().unwrap();
                assert!(matches!(
                    block_or_give_up(random, future),
                    None | Some(Ok(3))
                ));
            }
        });
    }
}

#[test]
fn clones_are_woken_in_the_order_in_which_they_began_to_wait() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (setter, future) = create_future();
    for name in [3, 1, 2] {
        let (future, log) = (future.clone(), log.clone());
        event_loop.spawn(async move { log.push((name, future.await)) });
    }
    event_loop.run();
    setter.set_result("all").unwrap();
    event_loop.run();
    assert_eq!(log.take(), [3, 1, 2].map(|name| (name, Ok("all"))));
    // And one that comes late.
    assert_eq!(poll_once(future.clone()), Some(Ok("all")));
    assert_eq!(poll_once(future), Some(Ok("all")));
}

#[test]
fn a_clone_that_is_dropped_takes_its_place_in_the_queue_along() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (setter, future) = create_future();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(future.clone())).collect();
    let wakes = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&wakes));
    for clone in &mut waiting {
        let polled = clone.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 5);
    drop(waiting.remove(1));
    drop(waiting.remove(0));
    assert_eq!(Arc::strong_count(&wakes), 3);
    event_loop.spawn_into(&log, future);
    event_loop.run();
    setter.set_result(1).unwrap();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    event_loop.run();
    assert_eq!(log.take(), [Ok(1)]);
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_value_that_is_not_sync_can_be_set_by_another_thread() {
    let (setter, future) = create_future();
    let other = future.clone();
    let thread = std::thread::spawn(move || setter.set_result(Cell::new(1)));
    thread.join().unwrap().unwrap();
    assert_eq!(poll_once(future), Some(Ok(Cell::new(1))));
    assert_eq!(poll_once(other), Some(Ok(Cell::new(1))));
}

#[test]
fn only_the_last_clone_that_is_dropped_cancels() {
    let (setter, future) = create_future::<u32>();
    drop(future.clone());
    assert!(!setter.cancelled());
    drop(future);
    assert!(setter.cancelled());
}

#[test]
fn the_value_of_clones_lives_until_the_last_of_them() {
    let (setter, mut future) = create_future();
    let (value, mut other) = (Arc::new(()), future.clone());
    setter.set_result(Arc::clone(&value)).unwrap();
    assert!(other.result().unwrap().is_ok() && other.result().unwrap().is_ok());
    drop(other);
    assert!(future.result().unwrap().is_ok());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(future);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn the_exception_can_be_looked_at() {
    let (setter, mut future) = create_future::<Result<u32, &str>>();
    let error = future.exception().unwrap_err();
    assert_eq!(error.to_string(), "the exception is not set");
    setter.set_exception("no").unwrap();
    assert_eq!(future.exception(), Ok(Ok(Some("no"))));
    assert_eq!(future.result(), Ok(Ok(Err("no"))));
    let error = future.exception().unwrap_err();
    assert_eq!(error.to_string(), "the result was taken");

    let (setter, future) = create_future::<Result<u32, &str>>();
    setter.set_result(Ok(1)).unwrap();
    assert_eq!(future.clone().exception(), Ok(Ok(None)));
    assert_eq!(future.exception(), Ok(Ok(None)));
    let (_, future) = create_future::<Result<u32, &str>>();
    assert!(matches!(future.exception(), Ok(Err(_))));
}

#[test]
fn a_callback_that_is_removed_does_not_run() {
    let (setter, future) = create_future();
    let log = Arc::new(Mutex::new(Vec::new()));
    let [first, second] = [1, 2].map(|name| {
        let log = Arc::clone(&log);
        future.add_done_callback(move || log.lock().unwrap().push(name))
    });
    assert!(future.remove_done_callback(first) && !future.remove_done_callback(first));
    setter.set_result(()).unwrap();
    assert_eq!(*log.lock().unwrap(), [2]);
    assert!(!future.remove_done_callback(second));
}

#[test]
fn an_exception_that_nobody_retrieved_is_reported() {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&reports);
    set_exception_handler(Some(Box::new(move |context| {
        kept.lock().unwrap().push(context.to_string());
    })));
    let line = line!() + 2;
    let failed = || {
        let (setter, future) = create_future::<Result<u32, std::fmt::Error>>();
        setter.set_exception(std::fmt::Error).unwrap();
        future
    };
    drop(failed());
    let (lost, kept) = (failed(), failed());
    drop(lost.clone());
    assert_eq!(reports.lock().unwrap().len(), 1);
    drop(lost); // a clone of it is not enough
    drop(kept.exception());
    drop(kept); // retrieved
    assert_eq!(poll_once(failed()), Some(Ok(Err(std::fmt::Error))));
    let (setter, fine) = create_future::<Result<u32, u32>>();
    setter.set_result(Ok(1)).unwrap();
    drop(fine);
    drop(create_future::<Result<u32, u32>>()); // cancelled
    set_exception_handler(None);
    let reports = reports.lock().unwrap();
    assert_eq!(reports.len(), 2, "{reports:?}");
    let file = file!();
    let wanted = format!(
        "Future exception was never retrieved: the future made at {file}:{line}:32 was set to an \
         `Err(core::fmt::Error)`"
    );
    assert_eq!(reports[0], wanted);
}
