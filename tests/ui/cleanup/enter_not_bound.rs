#![deny(unused_must_use)]

use asyncio::{AsyncExit, Exit, enter};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    enter(Connection); //~ ERROR unused `AsyncGuard` that must be used
}

fn main() {
    let _ = f();
}
