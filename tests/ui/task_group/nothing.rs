use asyncio::task_group;

async fn f() {
    let _ = task_group!().await; //~ ERROR expected `|tg| { .. }`
}

fn main() {
    let _ = f();
}
