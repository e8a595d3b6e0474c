use asyncio::task_group;

async fn f() {
    let _ = task_group!(|tg|).await; //~ ERROR expected a block, `{ .. }`
}

fn main() {
    let _ = f();
}
