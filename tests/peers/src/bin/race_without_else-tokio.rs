async fn get() -> Option<u32> {
    None
}

async fn f() {
    tokio::select! {
        Some(n) = get() => drop(n),
    }
}

fn main() {
    drop(f());
}
