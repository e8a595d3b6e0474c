// Three reports: rustc tests the bounds of `with` at the argument, and again wherever the opaque future is mentioned,
// in the call and in its `.await`, as its type has the resource and the body in it. A future with a name would be
// without them, but its parts have none: the future of an `async` closure cannot be named in stable Rust.

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
