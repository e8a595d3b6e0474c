#![deny(unused_must_use)]

async fn body() {
    asyncio::task_group!(|tg| { //~ ERROR
        tg.create_task(async {});
    });
}

fn main() {
    let _ = body();
}
