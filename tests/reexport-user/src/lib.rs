//! asyncio through another library, under its path there and in its macros.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
// What the expansions are made of is checked, not what this file looks like.
#![allow(
    clippy::many_single_char_names,
    clippy::redundant_pub_crate,
    clippy::unused_async
)]
#![cfg_attr(not(test), allow(dead_code))]

use asyncio_reexport::rt::{asyncio as aio, gather, sleep, timeout, wait_first, wait_for};
use asyncio_reexport::{limited, limited_to};

async fn plain(number: u32) -> u32 {
    number
}

#[timeout(1s, crate = ::asyncio_reexport::rt::asyncio)]
async fn slow(wait: u32) -> Result<u32, aio::TimeoutError> {
    sleep(wait).await;
    Ok(wait)
}

limited! {
    /// Through a macro of the library.
    async fn through_a_macro(wait: u32) -> Result<u32, aio::TimeoutError> {
        sleep(wait).await;
        Ok(wait)
    }
}

limited_to!(
    500ms,
    0,
    async fn half_a_second() -> u32 {
        sleep(1).await;
        1
    }
);

#[aio::main(crate = ::asyncio_reexport::rt::asyncio)]
async fn run() -> u32 {
    let (a, b) = gather!(plain(1), plain(2)).await;
    let first = wait_first!(if let number = plain(4) {
        number
    });
    let last = wait_for!(plain(5), 1s).await;
    a + b + first + last.unwrap_or(0)
}

#[aio::test(crate = ::asyncio_reexport::rt::asyncio)]
async fn attributes_are_told_the_path() {
    assert_eq!(slow(0).await, Ok(0));
    assert!(slow(2).await.is_err());
}

#[aio::test(crate = ::asyncio_reexport::rt::asyncio)]
async fn macros_of_the_library() {
    assert_eq!(
        asyncio_reexport::both_in_a_second!(plain(1), plain(2)).await,
        Ok((1, 2))
    );
    assert!(
        asyncio_reexport::both_in_a_second!(plain(1), sleep(2))
            .await
            .is_err()
    );
    assert_eq!(through_a_macro(0).await, Ok(0));
    assert!(through_a_macro(2).await.is_err());
    assert_eq!(half_a_second().await, 0);
}

#[test]
fn function_like_macros_know_it() {
    assert_eq!(run(), 12);
}
