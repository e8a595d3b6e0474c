async fn other() -> u32 {
    1
}

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::join!(plain(1), other);
}

fn main() {
    drop(f());
}
