async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![tokio::spawn(plain(1))];
    tokio::join!(tasks);
}

fn main() {
    drop(f());
}
