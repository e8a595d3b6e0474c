async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::join!(plain(1), 3);
}

fn main() {
    drop(f());
}
