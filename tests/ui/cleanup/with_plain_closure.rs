use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    let n: u32 = with(Connection, |_| 1).await; //~ ERROR the body of `with` is `async |resource| { .. }` //~ ERROR the body of `with` is `async |resource| { .. }` //~ ERROR the body of `with` is `async |resource| { .. }`
    drop(n);
}

fn main() {
    let _ = f();
}
