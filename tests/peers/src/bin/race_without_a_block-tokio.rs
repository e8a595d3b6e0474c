async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    tokio::select! {
        n = plain(1) => drop(n),
        m = plain(2),
    }
}

fn main() {
    drop(f());
}
