use asyncio::Task;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = Task::builder().name("it").spawn(thing).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
