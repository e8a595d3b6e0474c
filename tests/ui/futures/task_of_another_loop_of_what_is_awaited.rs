use asyncio::get_running_loop;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = get_running_loop().create_task(thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
