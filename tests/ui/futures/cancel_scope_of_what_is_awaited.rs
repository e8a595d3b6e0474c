use asyncio::CancelScope;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = CancelScope::new().run(thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
