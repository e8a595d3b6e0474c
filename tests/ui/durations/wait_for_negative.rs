use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_for!(plain(1), -2s).await; //~ ERROR a duration cannot be negative
}

fn main() {
    let _ = f();
}
