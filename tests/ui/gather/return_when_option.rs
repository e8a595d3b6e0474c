use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), return_when = FIRST_COMPLETED).await; //~ ERROR `gather!` has no option `return_when`
}

fn main() {
    let _ = f();
}
