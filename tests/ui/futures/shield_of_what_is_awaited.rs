use asyncio::shield;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = shield(thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
