use asyncio::as_completed;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = as_completed([thing(1).await]).next().await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
