async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::wait_first!(if let n = plain(1) {
        drop(n);
    } else if let m = plain(2));
}

fn main() {
    drop(f());
}
