use asyncio::timeout;

#[timeout(2s)]
async fn f() -> u32 { //~ ERROR it returns `u32`
    1
}

fn main() {}
