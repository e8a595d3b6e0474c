use asyncio::task_group;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = task_group!(|tg| { tg.create_value(thing(1).await); }).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
