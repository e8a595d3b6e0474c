use asyncio::{sleep, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) {
        drop(n);
    } else if let _ = sleep(1) {
    })
    .await; //~ ERROR `()` is not a future
}

fn main() {
    let _ = f();
}
