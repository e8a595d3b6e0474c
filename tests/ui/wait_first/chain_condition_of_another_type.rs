use asyncio::{sleep, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f(count: u32) {
    wait_first!(if count && let n = plain(1) { //~ ERROR mismatched types
        drop(n);
    } else if let _ = sleep(1) {
    });
}

fn main() {
    let _ = f(1);
}
