use asyncio::Runner;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    Runner::new().run(thing); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
