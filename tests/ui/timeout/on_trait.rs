use asyncio::timeout;

#[timeout(2s)]
pub trait S { //~ ERROR goes on an `async fn`, not on a trait
    fn f();
}

fn main() {}
