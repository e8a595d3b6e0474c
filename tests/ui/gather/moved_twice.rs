use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let one = plain(1);
    let _ = gather!(one, one).await; //~ ERROR use of moved value: `one`
}

fn main() {
    let _ = f();
}
