// Three mistakes.

use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(*all, plain, limit = 0).await; //~ ERROR to spread an iterator write `..all` //~ ERROR `limit` bounds how many items of a `..iterator` run at once, and //~ ERROR with a limit of 0 no branch ever runs
}

fn main() {
    let _ = f();
}
