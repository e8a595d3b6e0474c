use asyncio::gather;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..[thing(1).await, thing(2).await]).await; //~ ERROR spreads an iterator of futures
}

fn main() {
    let _ = f();
}
