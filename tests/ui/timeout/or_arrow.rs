use asyncio::timeout;

#[timeout(2s, or => None)] //~ ERROR expected `=`, as in `or = None`
async fn f() -> Option<u32> {
    None
}

fn main() {
    let _ = f();
}
