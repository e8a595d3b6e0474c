use asyncio::wait_first;

async fn get() -> Option<u32> {
    None
}

async fn f() {
    wait_first!(let Some(n) = get() else { 1 }); //~ ERROR a race has a block for each future
}

fn main() {
    let _ = f();
}
