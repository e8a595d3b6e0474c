async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    futures::select! {
        n = std::pin::pin!(futures::FutureExt::fuse(plain(1))) => {
            let text: String = n;
            drop(text);
        }
    }
}

fn main() {
    drop(f());
}
