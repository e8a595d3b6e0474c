// rustc quotes no bound under E0521, unlike under E0597 (`future_borrows`), and so nothing of ours can say "task group"
// here: however `'static` is asked for (of the type, by another trait, by a method), it says the same.

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
