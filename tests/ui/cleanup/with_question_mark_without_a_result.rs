use asyncio::{AsyncExit, Exit, with};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    with(Connection, async |_| {
        ok(1).await?; //~ ERROR the `?` operator can only be used in an async closure that returns
    })
    .await;
}

fn main() {
    let _ = f();
}
