use asyncio::wait_first;

async fn f() {
    wait_first!(default => 1); //~ ERROR this is `tokio::select!` syntax
}

fn main() {
    let _ = f();
}
