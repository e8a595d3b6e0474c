async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::join!(plain(1).await, plain(2).await);
}

fn main() {
    drop(f());
}
