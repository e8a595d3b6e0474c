use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1), timeout = None).await; //~ ERROR a duration cannot be `None`
}

fn main() {
    let _ = f();
}
