use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), **options).await; //~ ERROR `**` is not Rust
}

fn main() {
    let _ = f();
}
