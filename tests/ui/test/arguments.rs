#[asyncio::test]
async fn t(n: u32) { //~ ERROR a test takes no arguments
    drop(n);
}

fn main() {}
