use asyncio::create_task;

async fn work() {}

async fn f() {
    create_task(work(), "worker"); //~ ERROR this function takes 1 argument but 2 arguments were supplied
}

fn main() {
    let _ = f();
}
