use asyncio::timeout;

#[timeout(2s)]
const C: u32 = 1; //~ ERROR goes on an `async fn`, not on a constant

fn main() {}
