use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), fetch_all(2)).await; //~ ERROR cannot find function `fetch_all`
}

fn main() {
    let _ = f();
}
