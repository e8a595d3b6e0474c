use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let xs = [1, 2];
    let _ = gather!(*[plain(x) for x in xs]).await; //~ ERROR Rust has no comprehensions
}

fn main() {
    let _ = f();
}
