use asyncio::timeout;

#[timeout(2s)]
pub struct S { //~ ERROR goes on an `async fn`, not on a struct
    x: u32,
}

fn main() {}
