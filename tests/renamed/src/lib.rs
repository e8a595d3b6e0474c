//! The crate under another name: function-like macros need nothing, attributes are told.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
// What the expansions are made of is checked, not what this file looks like.
#![allow(
    clippy::many_single_char_names,
    clippy::redundant_pub_crate,
    clippy::unused_async
)]
#![cfg_attr(not(test), allow(dead_code))]

use aio::{create_task, duration, gather, sleep, timeout, wait_first, wait_for};
use std::time::Duration;

const SHORT: Duration = duration!(10ms);

async fn plain(number: u32) -> u32 {
    number
}

#[timeout(1s, crate = ::aio)]
async fn slow(wait: u32) -> Result<u32, aio::TimeoutError> {
    sleep(wait).await;
    Ok(wait)
}

#[timeout(limit, or = 0, crate = ::aio)]
async fn slow_or(limit: Duration) -> u32 {
    aio::sleep!(limit * 2).await;
    1
}

#[aio::main(crate = ::aio)]
async fn run() -> u32 {
    let (a, b) = gather!(plain(1), plain(2)).await;
    let (done, pending) = wait_first!(create_task(plain(3))).await;
    drop(pending);
    let first = wait_first!(if let number = plain(4) {
        number
    });
    let last = wait_for!(plain(5), 1s).await;
    a + b + done.0.and_then(Result::ok).unwrap_or(0) + first + last.unwrap_or(0)
}

#[aio::test(crate = ::aio)]
async fn attributes_are_told_the_name() {
    assert_eq!(slow(0).await, Ok(0));
    assert!(slow(2).await.is_err());
    assert_eq!(slow_or(SHORT).await, 0);
}

#[aio::test(limit = 5s, crate = ::aio)]
#[timeout(1s, crate = ::aio)]
async fn both_attributes() -> Result<(), aio::TimeoutError> {
    slow(0).await.map(drop)
}

#[test]
fn function_like_macros_know_it() {
    assert_eq!(run(), 15);
}
