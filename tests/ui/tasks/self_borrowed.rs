use asyncio::create_task;

struct Server;

impl Server {
    async fn serve(&self) {}

    async fn start(&self) {
        create_task(self.serve()); //~ ERROR borrowed data escapes outside of method
    }
}

fn main() {
    let _ = Server.start();
}
