use asyncio::{gather, timeout};

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(timeout(1.0, thing(1).await), thing(2)).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
