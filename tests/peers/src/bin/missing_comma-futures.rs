async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::join!(plain(1) plain(2));
}

fn main() {
    drop(f());
}
