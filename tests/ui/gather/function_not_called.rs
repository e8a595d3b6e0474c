use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn other() -> String {
    String::new()
}

async fn f() {
    let _ = gather!(plain(1), other).await; //~ ERROR expected a future, found a function that returns one
}

fn main() {
    let _ = f();
}
