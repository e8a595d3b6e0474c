use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let Some(n) = plain(1) { //~ ERROR mismatched types
        drop(n);
    } else {
    });
}

fn main() {
    let _ = f();
}
