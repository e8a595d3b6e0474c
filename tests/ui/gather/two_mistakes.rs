// Two mistakes.

use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(
        *tasks, //~ ERROR to spread an iterator write `..tasks`
        plain(1),
        limit = 3, //~ ERROR `limit` bounds how many items
    )
    .await;
}

fn main() {
    let _ = f();
}
