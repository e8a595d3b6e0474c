use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let all = vec![plain(1)];
    let _ = wait_for!(*all, 2s).await; //~ ERROR `wait_for!` takes one future
}

fn main() {
    let _ = f();
}
