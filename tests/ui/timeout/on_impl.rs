use asyncio::timeout;

#[timeout(2s)]
impl S { //~ ERROR goes on an `async fn`, not on an `impl` block
    pub async fn f() {}
}

pub struct S;

fn main() {}
