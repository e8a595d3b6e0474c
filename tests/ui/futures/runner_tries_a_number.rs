use asyncio::Runner;

async fn f() {
    let _ = Runner::new().try_run(123); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
