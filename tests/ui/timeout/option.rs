use asyncio::timeout;

#[timeout(2s)]
async fn f() -> Option<u32> { //~ ERROR it returns `Option<u32>`
    Some(1)
}

fn main() {}
