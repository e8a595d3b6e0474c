use asyncio::create_task;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n: u32 = create_task(plain(1)).await; //~ ERROR mismatched types
    drop(n);
}

fn main() {
    let _ = f();
}
