use asyncio::{AsyncExit, Exit};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(&mut self, _how: Exit) {} //~ ERROR method `exit` has an incompatible type for trait
}

fn main() {}
