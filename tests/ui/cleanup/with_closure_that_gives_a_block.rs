// Two reports: the borrow checker tests the bound of `with` in the call, and again in the `.await` of the opaque
// future, whose type has the closure in it. The future cannot be named without it: see `with_async_block`.

use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    with(Connection, |c| async move { drop(c) }).await; //~ ERROR implementation of `AsyncFnOnce` is not general enough //~ ERROR implementation of `AsyncFnOnce` is not general enough
}

fn main() {
    let _ = f();
}
