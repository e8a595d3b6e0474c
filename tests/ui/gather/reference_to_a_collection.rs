use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let all = [plain(1), plain(2)];
    let _ = gather!(&all).await; //~ ERROR found a collection of references to futures
}

fn main() {
    let _ = f();
}
