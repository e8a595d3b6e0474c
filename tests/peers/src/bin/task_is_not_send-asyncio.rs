async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = asyncio::create_task(async {
        let shared = std::rc::Rc::new(1);
        plain(1).await;
        drop(shared);
    });
    drop(task.await);
}

fn main() {
    drop(f());
}
