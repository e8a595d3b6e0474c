use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1)); //~ ERROR expected the block of this branch, `{ .. }`
}

fn main() {
    let _ = f();
}
