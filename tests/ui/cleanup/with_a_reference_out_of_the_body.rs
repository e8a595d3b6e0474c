use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    let kept = with(Connection, async |c| c).await; //~ ERROR lifetime may not live long enough
    drop(kept);
}

fn main() {
    let _ = f();
}
