#![deny(unused_variables)]

use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32, list: Vec<u32>) -> Result<usize, TimeoutError> { //~ ERROR unused variable: `n`
    Ok(list.len())
}

fn main() {}
