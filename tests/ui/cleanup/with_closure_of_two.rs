use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    with(Connection, async |_, _| {}).await; //~ ERROR closure is expected to take 1 argument, but it takes 2 arguments
}

fn main() {
    let _ = f();
}
