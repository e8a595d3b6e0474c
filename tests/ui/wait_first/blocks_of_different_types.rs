use asyncio::{sleep, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_first!(if let n = plain(1) {
        n
    } else if let _ = sleep(1) {
        "late" //~ ERROR match` arms have incompatible types
    });
}

fn main() {
    let _ = f();
}
