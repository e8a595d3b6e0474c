use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1); limit = 2).await; //~ ERROR expected `,` between branches and options
}

fn main() {
    let _ = f();
}
