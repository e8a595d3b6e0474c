#![deny(unused_must_use)]

use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    with(Connection, async |_| {}); //~ ERROR unused implementer of `Future` that must be used
}

fn main() {
    let _ = f();
}
