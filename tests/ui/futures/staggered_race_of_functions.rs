use asyncio::staggered_race;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = staggered_race([thing], 1.0).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
