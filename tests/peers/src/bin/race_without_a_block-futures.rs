async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::select! {
        n = std::pin::pin!(futures::FutureExt::fuse(plain(1))) => drop(n),
        m = std::pin::pin!(futures::FutureExt::fuse(plain(2))),
    }
}

fn main() {
    drop(f());
}
