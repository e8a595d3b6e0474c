use asyncio::move_on_after;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = move_on_after(1.0, thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
