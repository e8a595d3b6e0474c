async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    tokio::select! {
        n = plain(1) => drop(n),
        n = 3 => drop(n),
    }
}

fn main() {
    drop(f());
}
