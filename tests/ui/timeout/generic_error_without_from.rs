use asyncio::timeout;

#[timeout(2s)]
async fn f<E>(value: Result<u32, E>) -> Result<u32, E> { //~ ERROR `E` cannot be made from a `TimeoutError`
    value
}

fn main() {}
