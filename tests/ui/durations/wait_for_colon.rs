use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_for!(plain(1), timeout: 2s).await; //~ ERROR the limit is named with `=`, as in `timeout = 2s`, or not at all
}

fn main() {
    let _ = f();
}
