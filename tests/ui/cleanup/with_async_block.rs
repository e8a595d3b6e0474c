use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    with(Connection, async {}).await; //~ ERROR the body of `with` is `async |resource| { .. }` //~ ERROR the body of `with` is `async |resource| { .. }` //~ ERROR the body of `with` is `async |resource| { .. }`
}

fn main() {
    let _ = f();
}
