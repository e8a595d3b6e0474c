use asyncio::TaskGroup;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = TaskGroup::<()>::new().run(|| thing(1)).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
