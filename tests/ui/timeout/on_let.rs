// Two reports: one of rustc, which takes no attribute there before it has expanded it, and ours, for what to write
// instead.

use asyncio::timeout;

fn f() {
    #[timeout(2s)] //~ ERROR custom attributes cannot be applied to statements
    let _x = 1; //~ ERROR goes on an `async fn`, not on a statement
}

fn main() {}
