use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(n) for n in 0..3).await; //~ ERROR Rust has no comprehensions
}

fn main() {
    let _ = f();
}
