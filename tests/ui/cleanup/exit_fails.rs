use asyncio::{AsyncExit, Exit};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) -> Result<(), std::io::Error> { //~ ERROR expected `impl Future<Output = Result<(), Error>>` to be a future
        Ok(())
    }
}

fn main() {}
