//! `#[timeout]` on an `async unsafe fn`.
#![deny(warnings)]

use asyncio::{TimeoutError, timeout};

/// # Safety
///
/// `pointer` is valid for reads.
#[timeout(1s)]
async unsafe fn read(pointer: *const u32) -> Result<u32, TimeoutError> {
    // SAFETY: by the contract of this function.
    Ok(unsafe { *pointer })
}

#[tokio::test(start_paused = true)]
async fn it_stays_unsafe() {
    let number = 3;
    // SAFETY: it points to a local variable.
    assert_eq!(unsafe { read(&raw const number) }.await, Ok(3));
}
