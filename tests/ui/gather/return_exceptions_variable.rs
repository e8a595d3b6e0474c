use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let every = true;
    let _ = gather!(plain(1), return_exceptions = every).await; //~ ERROR `return_exceptions` must be `true` or `false`
}

fn main() {
    let _ = f();
}
