//! Time limits that are ready at once, where nothing is watched. In a file of its own: `#[asyncio::test]` switches
//! introspection on in the whole process, and they take another way then.
#![cfg(feature = "tokio")]

use asyncio::introspection;
use asyncio::{Timeout, TimeoutHandle, timeout};
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// One that has given its value.
fn over() -> Timeout<Ready<u32>> {
    assert!(!introspection::is_enabled());
    let mut over = timeout(60, ready(1));
    assert_eq!(poll(&mut over), Poll::Ready(Ok(1)));
    over
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
#[should_panic(expected = "polled again after it was done")]
fn one_that_is_polled_again_says_so() {
    let _ = poll(&mut over());
}

#[test]
fn what_it_is_given_after_its_value_is_dropped_with_it() {
    let limit = TimeoutHandle::new();
    drop(over().with_handle(&limit));
    let error = limit.reschedule(1).unwrap_err();
    assert_eq!(error.to_string(), "the time-out is over");
}
