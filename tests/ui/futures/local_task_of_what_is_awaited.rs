use asyncio::create_local_task;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = create_local_task(thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
