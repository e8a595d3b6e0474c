use asyncio::finally;

async fn work() {}

async fn f() {
    let _cleanup = finally(work); //~ ERROR `fn() -> impl Future<Output = ()> {work}` is not a future
}

fn main() {
    let _ = f();
}
