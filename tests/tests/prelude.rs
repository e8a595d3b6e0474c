//! The prelude is ambiguous with nothing.

use asyncio::prelude::*;

/// Rust's own attribute, with the prelude in scope.
#[test]
fn test_is_the_one_of_rust() {
    let sum = asyncio::run(async {
        let (a, b) = gather!(async { 1 }, async { 2 }).await;
        let task = create_task(async move { a + b });
        wait_for(task, 5).await.unwrap().unwrap()
    });
    assert_eq!(sum, 3);
}

/// A function of the user's that is named as one that the prelude leaves out.
fn timeout() -> u32 {
    7
}

#[asyncio::test]
async fn names_that_it_leaves_out_are_the_users() {
    sleep!(1ms).await;
    assert_eq!(timeout(), 7);
    let limited: Result<(), TimeoutError> = wait_for!(std::future::pending(), 10ms).await;
    assert!(limited.is_err());
}
