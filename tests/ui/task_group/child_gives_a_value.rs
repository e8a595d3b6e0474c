use asyncio::task_group;

async fn f() {
    let _ = task_group!(|tg| {
        tg.create_task(async { 1 }); //~ ERROR a child of this task group gives `{integer}`
    })
    .await;
}

fn main() {
    let _ = f();
}
