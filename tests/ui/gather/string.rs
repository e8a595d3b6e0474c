use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!("https://example.org", plain(2)).await; //~ ERROR expected a future, found `&str`
}

fn main() {
    let _ = f();
}
