use asyncio::finally;

async fn f() {
    let _cleanup = finally(|| async {}); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
