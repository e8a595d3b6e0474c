// Two reports: of `tg.` before a `}` rustc keeps `tg`, and goes on. As the value of the block it would leave the group
// that it is of, whether by moving it or by borrowing from it.

use asyncio::task_group;

async fn f() {
    let _ = task_group!(|tg| { //~ ERROR borrow of moved value
        tg.
    }) //~ ERROR unexpected token: `}`
    .await;
}

fn main() {
    let _ = f();
}
