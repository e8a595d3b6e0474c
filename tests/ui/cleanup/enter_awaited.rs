use asyncio::{AsyncExit, Exit, enter};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    let connection = enter(Connection).await; //~ ERROR `AsyncGuard<Connection>` is not a future
    drop(connection);
}

fn main() {
    let _ = f();
}
