use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1), timeout = 1.0).await; //~ ERROR missing unit
}

fn main() {
    let _ = f();
}
