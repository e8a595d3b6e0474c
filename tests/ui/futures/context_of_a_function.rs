use asyncio::copy_context;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    copy_context().scope(thing).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
