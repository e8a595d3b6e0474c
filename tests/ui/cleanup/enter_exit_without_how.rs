use asyncio::{AsyncExit, Exit, enter};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) {}
}

async fn f() {
    let connection = enter(Connection);
    connection.exit().await; //~ ERROR this method takes 1 argument but 0 arguments were supplied
}

fn main() {
    let _ = f();
}
