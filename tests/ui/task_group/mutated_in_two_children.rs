use asyncio::task_group;

async fn f() {
    let mut count = 0;
    let _ = task_group!(|tg| {
        tg.create_task(async { count += 1 });
        tg.create_task(async { count += 1 }); //~ ERROR cannot borrow value as mutable more than once at a time
    })
    .await;
}

fn main() {
    let _ = f();
}
