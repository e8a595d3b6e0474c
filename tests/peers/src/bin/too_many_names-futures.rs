async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (a, b, c) = futures::join!(plain(1), plain(2));
    drop((a, b, c));
}

fn main() {
    drop(f());
}
