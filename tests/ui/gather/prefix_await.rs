use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(await plain(1), plain(2)).await; //~ ERROR `await` is not needed here
}

fn main() {
    let _ = f();
}
