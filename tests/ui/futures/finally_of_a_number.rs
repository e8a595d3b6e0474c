use asyncio::finally;

async fn f() {
    let _guard = finally(123); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
