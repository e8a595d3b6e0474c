use asyncio::wait_first;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = thing(1).await { drop(n) }); //~ ERROR awaits this future itself
}

fn main() {
    let _ = f();
}
