// Two mistakes: that the first does not hide the second is what is tested.

use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<u32, TimeoutError> {
    let text: String = n; //~ ERROR mismatched types
    undefined(text); //~ ERROR cannot find function `undefined`
    Ok(n)
}

fn main() {}
