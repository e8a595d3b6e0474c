// Two mistakes: each branch is awaited.

use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(
        plain(1).await, //~ ERROR this branch is awaited before the others start
        plain(2).await, //~ ERROR this branch is awaited before the others start
    )
    .await;
}

fn main() {
    let _ = f();
}
