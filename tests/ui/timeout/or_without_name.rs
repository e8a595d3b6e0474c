#[asyncio::timeout(2s, None)] //~ ERROR `#[timeout]` has no option `None`
async fn f() -> Option<u32> {
    Some(1)
}

fn main() {
    let _ = f();
}
