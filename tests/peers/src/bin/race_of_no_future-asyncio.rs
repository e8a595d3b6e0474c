async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::wait_first!(if let n = plain(1) {
        drop(n);
    } else if let n = 3 {
        drop(n);
    });
}

fn main() {
    drop(f());
}
