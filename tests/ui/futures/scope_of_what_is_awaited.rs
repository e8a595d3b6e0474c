use asyncio::scope;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    scope(thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
