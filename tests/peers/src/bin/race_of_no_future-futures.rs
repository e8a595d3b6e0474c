async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::select! {
        n = std::pin::pin!(futures::FutureExt::fuse(plain(1))) => drop(n),
        n = 3 => drop(n),
    }
}

fn main() {
    drop(f());
}
