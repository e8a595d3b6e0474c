#![deny(unused_must_use)]

async fn body() {
    asyncio::task_group!(|tg| { //~ ERROR unused implementer of `Future` that must be used
        tg.create_task(async {});
    });
}

fn main() {
    let _ = body();
}
