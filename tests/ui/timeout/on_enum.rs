use asyncio::timeout;

#[timeout(2s)]
pub enum E { //~ ERROR goes on an `async fn`, not on an enum
    A,
}

fn main() {}
