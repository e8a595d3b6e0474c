// Three reports: rustc tests the bounds of `with` at the argument, and again wherever the opaque future is mentioned,
// in the call and in its `.await`, as its type has the resource and the body in it. A future with a name would be
// without them, but its parts have none: the future of an `async` closure cannot be named in stable Rust.

use asyncio::with;

struct Connection;

async fn f() {
    with(Connection, async |_| {}).await; //~ ERROR `Connection` has no exit that awaits //~ ERROR `Connection` has no exit that awaits //~ ERROR `Connection` has no exit that awaits
}

fn main() {
    let _ = f();
}
