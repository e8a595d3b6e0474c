use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) {
        drop(n);
    }, timeout = 2s); //~ ERROR a chain has no options
}

fn main() {
    let _ = f();
}
