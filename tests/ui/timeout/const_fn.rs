use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
const fn f() -> Result<u32, TimeoutError> { //~ ERROR cannot be used on a `const fn`
    Ok(1)
}

fn main() {}
