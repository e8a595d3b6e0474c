async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    tokio::join!(plain(1), unknown());
}

fn main() {
    drop(f());
}
