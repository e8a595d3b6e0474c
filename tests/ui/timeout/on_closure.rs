// Three reports: two of rustc, which takes no attribute there before it has expanded it, and ours, for what to write
// instead.

use asyncio::timeout;

fn f() {
    let _ = #[timeout(2s)] //~ ERROR attributes on expressions are experimental //~ ERROR custom attributes cannot be applied to expressions
    async || 1; //~ ERROR goes on an `async fn`, not on an expression
}

fn main() {}
