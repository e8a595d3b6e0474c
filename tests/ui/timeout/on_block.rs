// Three reports: two of rustc, which takes no attribute there before it has expanded it, and ours, for what to write
// instead.

use asyncio::{TimeoutError, timeout};

async fn f() -> Result<u32, TimeoutError> {
    #[timeout(2s)] //~ ERROR attributes on expressions are experimental //~ ERROR custom attributes cannot be applied to expressions
    async { //~ ERROR goes on an `async fn`, not on an expression
        Ok(1)
    }
    .await
}

fn main() {}
