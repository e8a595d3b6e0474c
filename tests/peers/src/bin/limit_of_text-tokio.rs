async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = tokio::time::timeout("2s", plain(1)).await;
    drop(n);
}

fn main() {
    drop(f());
}
