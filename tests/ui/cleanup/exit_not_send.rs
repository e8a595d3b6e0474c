use asyncio::{AsyncExit, Exit};

struct Connection;

impl AsyncExit for Connection {
    async fn exit(self, _how: Exit) { //~ ERROR future cannot be sent between threads safely
        let shared = std::rc::Rc::new(1);
        asyncio::sleep(1).await;
        drop(shared);
    }
}

fn main() {}
