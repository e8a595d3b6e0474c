use asyncio::task_group;

async fn f() {
    let _ = task_group!(|tg| { //~ ERROR borrow of moved value
        tg.
    }) //~ ERROR unexpected token: `}`
    .await;
}

fn main() {
    let _ = f();
}
