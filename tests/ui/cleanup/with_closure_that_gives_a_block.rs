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
