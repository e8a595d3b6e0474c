async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::wait_first!(if let n = plain(1) {
        let text: String = n;
        drop(text);
    });
}

fn main() {
    drop(f());
}
