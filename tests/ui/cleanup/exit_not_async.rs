use asyncio::{AsyncExit, Exit};

struct Connection;

impl AsyncExit for Connection {
    fn exit(self, _how: Exit) {} //~ ERROR `()` is not a future
}

fn main() {}
