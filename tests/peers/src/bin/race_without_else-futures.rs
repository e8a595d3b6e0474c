async fn get() -> Option<u32> {
    None
}

async fn f() {
    futures::select! {
        Some(n) = std::pin::pin!(futures::FutureExt::fuse(get())) => drop(n),
    }
}

fn main() {
    drop(f());
}
