use asyncio::task_group;

async fn f() {
    let _ = task_group!(|tg| -> u32 { 1 }).await; //~ ERROR the type of the block is inferred
}

fn main() {
    let _ = f();
}
