async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![plain(1), plain(2)];
    futures::join!(*tasks);
}

fn main() {
    drop(f());
}
