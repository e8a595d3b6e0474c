//! `create_future`: `asyncio.Future` (test_futures; B-018, B-019, B-024, B-025).

mod support;

use asyncio::{CancelledError, InvalidStateError, create_future};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
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
