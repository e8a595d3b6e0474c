async fn get() -> Option<u32> {
    None
}

async fn f() {
    asyncio::wait_first!(if let Some(n) = get() {
        drop(n);
    });
}

fn main() {
    drop(f());
}
