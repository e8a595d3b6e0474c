use asyncio::finally;

async fn f() {
    let cleanup = finally(async {});
    cleanup.run().await;
    cleanup.disarm(); //~ ERROR use of moved value: `cleanup`
}

fn main() {
    let _ = f();
}
