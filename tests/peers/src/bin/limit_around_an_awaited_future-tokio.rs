async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = tokio::time::timeout(std::time::Duration::from_secs(2), plain(1).await).await;
    drop(n);
}

fn main() {
    drop(f());
}
