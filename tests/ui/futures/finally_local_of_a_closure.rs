use asyncio::finally_local;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _guard = finally_local(|| thing(1)); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
