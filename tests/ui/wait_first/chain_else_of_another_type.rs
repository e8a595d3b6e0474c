use asyncio::wait_first;

async fn get() -> Option<u32> {
    None
}

async fn f() {
    let n: u32 = wait_first!(if let Some(n) = get() {
        n
    } else {
        "none" //~ ERROR mismatched types
    });
    drop(n);
}

fn main() {
    let _ = f();
}
