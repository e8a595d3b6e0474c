use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let second: Result<_, std::io::Error> = Ok(plain(2));
    let _ = gather!(plain(1), second).await; //~ ERROR expected a future, found a collection of futures
}

fn main() {
    let _ = f();
}
