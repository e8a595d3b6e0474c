use asyncio::timeout;

#[timeout(2s)]
async fn f() -> impl Iterator<Item = u32> { //~ ERROR but it returns an `impl Trait`
    0..1
}

fn main() {}
