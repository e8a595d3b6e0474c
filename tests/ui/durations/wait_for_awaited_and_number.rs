// Two mistakes: an `.await` too much, and a limit without its unit.

use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_for!(plain(1).await, 2).await; //~ ERROR invalid duration `2`: missing unit //~ ERROR this future is awaited before its time limit applies
}

fn main() {
    let _ = f();
}
