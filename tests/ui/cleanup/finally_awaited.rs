use asyncio::finally;

async fn f() {
    finally(async {}).await; //~ ERROR `Finally` is not a future
}

fn main() {
    let _ = f();
}
