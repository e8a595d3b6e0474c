use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..for n in 0..3 { plain(n) }).await; //~ ERROR Rust has no comprehensions
}

fn main() {
    let _ = f();
}
