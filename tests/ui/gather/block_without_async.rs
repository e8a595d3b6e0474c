use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!({ 1 }, plain(2)).await; //~ ERROR expected a future, found `{integer}`
}

fn main() {
    let _ = f();
}
